"""How a source looks: its container, its layout, and usages where it tells none."""
