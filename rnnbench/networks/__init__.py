"""What is built around any cell: embeddings, stacks, pooling."""
