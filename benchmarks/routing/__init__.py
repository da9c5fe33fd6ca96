"""Replays labelled sets through the router: what is settled by machines, how wrong it is, what it saves."""
