"""Prefect flows over the stages of dvc.yaml."""

import os

# Prefect gives its temporary server 20 seconds to start, which a busy machine exceeds.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
