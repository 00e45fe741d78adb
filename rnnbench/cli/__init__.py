"""The rnnbench command."""
