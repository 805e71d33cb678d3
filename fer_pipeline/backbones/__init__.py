"""What several architectures share: ImageNet networks with their weights, and how faces enter a network."""
