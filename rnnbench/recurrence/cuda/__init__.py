"""Pointwise cells as Triton kernels."""
