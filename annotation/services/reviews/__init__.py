"""What people are asked: which decisions, in which order, shown how; and disputes brought to their end."""
