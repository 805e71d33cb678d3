"""`fer status`: what is stale, what runs where, what the last run gave. Nothing is locked, started or written."""
