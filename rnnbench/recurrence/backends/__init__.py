"""Ways to run one definition of a cell."""
