"""How good each stage's judgements are, measured on labelled text."""
