"""A cell over a whole sequence: one adapter for every level a cell can offer."""
