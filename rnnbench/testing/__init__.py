"""The plugin contracts in executable form."""
