"""A record of answers against the release it is handed in for, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice

from evaluation.engines.replay import Header
from evaluation.models import LIKELIHOODS, ProtocolKind, Release
from evaluation.publishing.rows import Part
from evaluation.scoring.multiple_choice import BOTH_ORDERS
from evaluation.services.runs.submission_errors import SubmissionError

_LIKELIHOOD_ORDERS = ("statement", "reversed", "statement_alone", "reversed_alone")
_SHOWN = 5  # answers named in an error


def check_record(
    header: Header, answers: bytes, *, release: Release, model: str, protocol: ProtocolKind
) -> None:
    """Raise :class:`SubmissionError` where the header tells of another model or release, where a line of the
    protocol names no public item, no order of the protocol, or what an earlier line has named, or where an
    item lacks an answer.

    Lines of other protocols are left aside: one file may record several.
    """
    told = [("model", header.model, model), ("release", header.release, release.label)]
    told.append(("release_digest", header.release_digest, release.digest))
    for name, said, wanted in told:
        if said and said != wanted:
            raise SubmissionError("answers", f"line 1: {name} is {said[:80]!r}, not {wanted!r}")
    recorded = "likelihood" if protocol in LIKELIHOODS else protocol.value
    orders = _orders(protocol)
    keys = set(release.items.filter(part=Part.EVALUATION).values_list("key", flat=True))
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(answers.split(b"\n"), start=1):
        if number == 1 or not line.strip():
            continue
        row = json.loads(line)
        if row["protocol"] != recorded:
            continue
        key, order = row["key"], row.get("order", "")
        if key not in keys:
            said = f"{key[:60]!r} is no item of the public evaluation part of {release.label}"
            raise SubmissionError("answers", f"line {number}: key: {said}")
        if order not in orders:
            wanted_orders = " or ".join(repr(name) for name in orders)
            raise SubmissionError("answers", f"line {number}: order: {order[:40]!r} is not {wanted_orders}")
        earlier = seen.setdefault((key, order), number)
        if earlier != number:
            raise SubmissionError("answers", f"line {number}: the same item and order as line {earlier}")
    if not seen:
        raise SubmissionError("answers", f"no line has protocol {recorded!r}")
    needed = ((key, order) for key in sorted(keys) for order in sorted(_needed(protocol)))
    missing = [
        f"no recorded answer for {recorded}|{key}|{order}"
        for key, order in needed
        if (key, order) not in seen
    ]
    if missing:
        raise SubmissionError("answers", gaps(len(missing), missing))


def gaps(number: int, said: Iterable[str]) -> str:
    """Why a record with so many unusable answers is refused; what is ``said`` of the first ones."""
    return f"{number} answers are missing or cannot be read: {'; '.join(islice(said, _SHOWN))}"


def _needed(protocol: ProtocolKind) -> tuple[str, ...]:
    """What every item has to be answered in."""
    if protocol in LIKELIHOODS and protocol is not ProtocolKind.LIKELIHOOD_PMI:
        return _LIKELIHOOD_ORDERS[:2]
    return _orders(protocol)


def _orders(protocol: ProtocolKind) -> tuple[str, ...]:
    if protocol in LIKELIHOODS:
        return _LIKELIHOOD_ORDERS
    return ("",) if protocol is ProtocolKind.FREE_ANSWER else tuple(map(str, BOTH_ORDERS))
