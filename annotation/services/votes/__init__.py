"""What people answered: votes written down, verdicts drawn from them, agreement measured."""
