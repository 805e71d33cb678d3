"""What the champion looks at and what puts it off, measured on PrivateTest; nothing is chosen by it."""
