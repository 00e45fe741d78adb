"""The record of a run: its schema, its key, its store."""
