"""Engines: language models behind one small protocol, and what is common to asking them."""
