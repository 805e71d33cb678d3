"""When a retrained network replaces the released one, and releases themselves. Nothing here reads the judging usage."""
