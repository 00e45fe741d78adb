"""The files that `rnnbench new` writes; $words in them are replaced."""
