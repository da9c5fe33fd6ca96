"""Pages for people who annotate."""
