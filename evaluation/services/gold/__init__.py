"""Gold: approved triples with all that is known of them, as a release tells it."""
