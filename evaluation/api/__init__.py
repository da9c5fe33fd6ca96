"""Interface to releases and runs, and the place where submissions are handed in."""
