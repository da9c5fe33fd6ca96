"""Annotators and other people: rights, attention, mails, questions, leaving."""
