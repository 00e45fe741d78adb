"""The Hydra sweeper of rnnbench."""
