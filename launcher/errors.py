"""The launcher's one error."""


class SetupError(Exception):
    """Something a person has to put right; the message says what."""
