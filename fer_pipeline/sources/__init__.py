"""Where raw data comes from when it is neither drawn here nor a local file."""
