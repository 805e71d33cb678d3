"""Runs that were trained elsewhere, on another machine or another day: what they said of each face, kept in git.

A folder of `results/fer2013` is one training: `run.json`, `history.csv` and `predictions.npz`. The faces they are about
stand once, in `faces.csv`. `results/dvc.yaml` makes every published table from these files alone, without training.
"""
