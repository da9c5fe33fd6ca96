"""What ``navab`` does, on the standard library alone."""
