"""Intervals and tests that a comparison rests on."""
