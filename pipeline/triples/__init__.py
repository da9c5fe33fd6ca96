"""Triples: a question, the statement and its reversal, with the gate that checks them."""
