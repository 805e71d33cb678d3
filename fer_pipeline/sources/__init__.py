"""Where faces come from: any known layout, in a file, a folder or an archive."""
