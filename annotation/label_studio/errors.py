"""What may go wrong between us and a Label Studio, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StudioError(RuntimeError):
    """Label Studio refused or did not understand a call."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class StudioUnavailableError(StudioError):
    """Label Studio cannot be reached, or does not know our key."""


class StudioFailingError(StudioError):
    """Label Studio answered that it has failed (5xx), or what is no answer of Label Studio."""


def failure(what: str, url: str, status: int, body: str) -> StudioError:
    """The error for a reply that cannot be used."""
    if status in (401, 403):
        return StudioUnavailableError(
            f"Label Studio at {url} does not accept LABEL_STUDIO_API_KEY ({status})", status
        )
    if status < 400:
        return StudioFailingError(f"{url} answered {what} with something that is not JSON", status)
    kind = StudioFailingError if status >= 500 else StudioError
    verb = "failed" if status >= 500 else "refused"
    return kind(f"Label Studio {verb} {what} ({status}): {body[:500]}", status)


@contextmanager
def calls(what: str, url: str) -> Iterator[None]:
    """Turn the network's errors into ours, with what was being done."""
    import httpx

    try:
        yield
    except httpx.HTTPError as error:
        raise StudioUnavailableError(
            f"Label Studio at {url} did not answer while {what} ({type(error).__name__}: {error}). "
            "Is it running, and is LABEL_STUDIO_URL its address?"
        ) from None
