"""What validation knows of the data: findings about single faces, expectations about whole tables."""
