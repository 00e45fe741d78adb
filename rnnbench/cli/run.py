"""`rnnbench run`: one combination, or with -m a sweep of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.cli.plugins import add_plugins, use_plugins
from rnnbench.contracts import RnnbenchError, UsageError

_EPILOG = """\
what can be set:
  dataset= tokenizer= cell= head=       a plugin by name (rnnbench list); dataset.pairs=500 sets one of its parameters
  model.hidden_size= model.layers= …    every setting, with its default: rnnbench run --cfg
  experiment=                           a preset of several choices
  hydra/launcher=joblib …               anything of Hydra's

examples:
  rnnbench run dataset=names cell=lstm model.hidden_size=256
  rnnbench run -m dataset=names,bites cell=bow,cnn,rnn,lstm,gru seed=1,2,3
  rnnbench run dataset=csv dataset.path=reviews.csv tokenizer=word cell=gru model.bidirectional=true
"""


def main(words: Sequence[str]) -> int:
    """Run the jobs that the words describe; the exit code comes from their records."""
    parser = argparse.ArgumentParser(
        "rnnbench run", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("words", nargs="*", metavar="key=value", help="choices and settings, in Hydra's grammar")
    parser.add_argument("-m", "--multirun", action="store_true", help="sweep: a,b,c and range(…) mean several runs")
    add_plugins(parser)
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own YAML presets")
    parser.add_argument("--cfg", action="store_true", help="print the composed configuration and stop")
    arguments = parser.parse_intermixed_args(words)
    use_plugins(arguments.plugins)
    return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from rnnbench.catalog.auto import resolved
    from rnnbench.catalog.precheck import check_words

    hydra = initialise_hydra(arguments.config_dir)
    check_words(arguments.words, sweep=arguments.multirun)
    if arguments.cfg:
        return _print_config(resolved(arguments.words))
    try:
        if arguments.multirun:
            returned = hydra.multirun("config", _task(), arguments.words, with_log_configuration=False)
        else:
            returned = [[hydra.run("config", _task(), resolved(arguments.words), with_log_configuration=False)]]
    except Exception as error:
        raise _sentence(error) from error
    results = [job.return_value for batch in returned for job in batch]
    return _summary(results)


def initialise_hydra(config_dir: str | None) -> Any:
    """Return Hydra with the registry, rnnbench's presets and, before them, those of `config_dir` in its search path."""
    from hydra import version
    from hydra._internal.hydra import Hydra
    from hydra._internal.utils import create_config_search_path
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.plugins import Plugins

    from rnnbench.catalog.source import register

    register()
    # Hydra finds installed sweepers by itself, but not one in an editable install. Imported here, since Hydra's scan,
    # which `register` has started, makes the sweeper's base class anew.
    from hydra_plugins.rnnbench_sweeper import RnnbenchSweeper

    Plugins.instance().register(RnnbenchSweeper)
    version.setbase("1.3")
    search_path = create_config_search_path("pkg://rnnbench.conf")
    if config_dir:
        folder = Path(config_dir).expanduser().absolute()
        if not folder.is_dir():
            raise UsageError(f"--config-dir {config_dir}: there is no such folder.")
        search_path.prepend("own presets", f"file://{folder}", anchor=None)
    GlobalHydra.instance().clear()
    return Hydra.create_main_hydra2("rnnbench", search_path)


def _task() -> Any:
    from rnnbench.harness.sweep import run_job

    return run_job


def _print_config(words: list[str]) -> int:
    from hydra import compose
    from omegaconf import OmegaConf

    try:
        print(OmegaConf.to_yaml(compose("config", overrides=words)), end="")
    except Exception as error:
        raise _sentence(error) from error
    return 0


def _sentence(error: BaseException) -> BaseException:
    """Return the part of a Hydra error that a person can use: the innermost cause's first line."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, RnnbenchError):
            return cause
    if any(isinstance(cause, HydraException | OmegaConfBaseException) for cause in causes):
        lines = [" ".join(str(cause).split("\n")[0].split()) for cause in causes]
        return UsageError("; ".join(dict.fromkeys(line for line in lines if line)) + ".")
    return error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _summary(results: Sequence[Any]) -> int:
    """Print what did not end well, and return the worst exit code; zero jobs are a mistake of the command."""
    if not results:
        raise UsageError("the sweep has no combination to run; give at least one value for each key.")
    failures = [result for result in results if result.exit_code]
    unstarted = [result for result in failures if not result.directory]
    if unstarted and len(results) == 1:
        kind = UsageError if unstarted[0].exit_code == UsageError.exit_code else RnnbenchError
        raise kind(unstarted[0].reason)
    if failures and len(results) > 1:
        print(f"{len(failures)} of {len(results)} runs did not end well; the same command tries them again:")
        for result in failures:
            print(f"  {result.status}: {result.reason}  {result.directory}")
    return max((result.exit_code for result in results), default=0)
