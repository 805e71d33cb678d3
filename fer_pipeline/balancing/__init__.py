"""Against class imbalance, on Training alone."""
