"""Conflict groups as a curator meets them: laid out, queued, resolved."""
