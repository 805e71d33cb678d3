"""What Prefect keeps for us: Kaggle's account, the DVC remote and its credentials."""
