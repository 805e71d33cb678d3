"""Stages on other machines: code as a git bundle, data and models by the DVC remote."""
