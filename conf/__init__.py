"""Hydra configurations: presets, experiments, suites."""
