"""One run: batching, the Lightning module and data module, fit, test and predict."""
