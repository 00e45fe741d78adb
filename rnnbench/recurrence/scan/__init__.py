"""Cells that are linear in their own state: all steps at once by a scan over time, in torch operations.

linear_step  whether a traced step is h' = a h + b, and what computes a, b and y
scan         the recurrence h_t = a_t h_{t-1} + b_t over all steps, with its gradient
"""
