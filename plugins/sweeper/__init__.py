"""The Hydra sweeper of rnnbench: the product of all values, without what has finished already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser


class RnnbenchSweeper(BasicSweeper):
    """Expands a sweep as Hydra's own sweeper does, plans every combination, and launches those that have to run.

    What has finished costs a look at its record and no job; what cannot be composed or combined is told before the
    first job starts. The launcher is the user's choice.
    """

    def sweep(self, arguments: list[str]) -> Any:
        """Run the sweep and return the results, those of finished runs included."""
        from rnnbench.harness.sweep import planned_sweep

        assert self.hydra_context is not None
        assert self.config is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        combinations = [list(job) for batch in self.split_arguments(overrides, None) for job in batch]
        return planned_sweep(self.config, self.hydra_context.config_loader, combinations, self._launch)

    def _launch(self, jobs: Sequence[Sequence[str]], first: int) -> list[Any]:
        assert self.launcher is not None
        size = self.max_batch_size or max(1, len(jobs))
        returns: list[Any] = []
        for start in range(0, len(jobs), size):
            returns += self.launcher.launch(list(jobs[start : start + size]), initial_job_idx=first + start)
        return returns
