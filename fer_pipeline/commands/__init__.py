"""Commands of `fer` that have modules of their own; each imports what is heavy when it runs."""
