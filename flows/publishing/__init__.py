"""What a run gave: the report, Prefect's artifacts, the result in words."""
