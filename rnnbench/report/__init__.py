"""Records in, documents out; needs neither torch nor a plugin."""
