"""Throughput: what one cell costs in each way it can be run, measured side by side.

request      which cells, shapes and modes; reads the words of a command line, needs no torch
suites       the shapes that have a name
material     the cell, its inputs and the gradient that comes back, the same for everyone who runs a case
candidates   who can run a case: the backends, torch.nn, other libraries
passes       a case as one call: training, inference, decoding
parity       whether two calls gave the same numbers
alone        one process of the machine at a time
alternation  calls timed in turns
measure      rows: a case, all its candidates
"""
