"""First-party tokenizers."""
