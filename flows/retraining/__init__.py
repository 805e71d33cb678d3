"""What refresh and retrain are made of: the clone, the data, the challenger, the pages."""
