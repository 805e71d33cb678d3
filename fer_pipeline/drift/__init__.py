"""Drift: how new data differ from those of the release, and whether that is more than may be."""
