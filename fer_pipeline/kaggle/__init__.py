"""Data sets and competition files from Kaggle: whole, checked and resumable."""
