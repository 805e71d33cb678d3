"""Fitting a network: reproducible to the byte on CPU, and resuming after any kill."""
