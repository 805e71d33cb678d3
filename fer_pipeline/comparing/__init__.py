"""`fer compare`: what changed between two runs, from git and DVC's cache; nothing is checked out."""
