"""The evaluate command for tests: run it, read its result, tell probes from questions about items."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

from django.core.management import call_command

from tests.openai_server import Answer, Recorded, Server

_OPTION = re.compile(r"^([AB])\. (.*)$", re.MULTILINE)


def evaluated(
    *arguments: str, server: Server | None = None, model: str = "candidate"
) -> list[dict[str, Any]]:
    """Runs of ``evaluate demo``, as its last line tells them."""
    out = StringIO()
    where = ("--model", model, "--base-url", server.base_url) if server else ()
    call_command("evaluate", "demo", *where, *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])["runs"]


def is_probe(recorded: Recorded) -> bool:
    return "comes first in the alphabet" in recorded.prompt or "The council opens the park" in recorded.prompt


def asked(server: Server) -> list[Recorded]:
    """What was asked about items."""
    return [request for request in server.requests if not is_probe(request)]


def affirmed(recorded: Recorded) -> str:
    """The letter of the option that is not negated; A in a probe."""
    return next(letter for letter, text in _OPTION.findall(recorded.prompt) if " not " not in text)


def with_logprobs(lead: float = 1.0):
    """A server to which the option without a negation is ``lead`` likelier, by log-probabilities."""

    def reply(recorded: Recorded) -> Answer:
        letter = affirmed(recorded)
        other = "B" if letter == "A" else "A"
        return Answer(letter, alternatives={letter: -0.5, other: -0.5 - lead, "The": -4.0})

    return reply


def overall(run: dict[str, Any]) -> dict[str, Any]:
    """Figures of the one nation, types pooled."""
    (row,) = [row for row in run["summary"] if row["source_type"] == "all"]
    return row
