"""What curators do: verdicts on many rows at once, disputes ended, conflicts settled."""
