"""An open training pipeline for facial expressions: data, networks, protocol and report."""
