"""What people are asked: which decisions, in which order, shown how, and what is revealed after."""
