"""The plugins that come with rnnbench; they use the same door as anyone else's."""
