"""`fer search`: a small search for better values of one entry of params.yaml, each trial an experiment of DVC."""
