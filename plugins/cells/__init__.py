"""First-party cells."""
