"""How the text of a reply becomes a checked value: JSON of one schema, and nothing else."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

_REASONING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n(?P<body>.*)\n```\Z", re.DOTALL)
_SHOWN_ERRORS = 5


def clean(text: str) -> str:
    """NFC, without control characters other than line ends and tabs, trimmed."""
    kept = (c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


CleanText = Annotated[str, AfterValidator(clean)]
FilledText = Annotated[str, AfterValidator(clean), AfterValidator(_not_empty)]


class Reply(BaseModel):
    """Base of reply schemas: exactly the named keys, all of them present."""

    model_config = ConfigDict(extra="forbid")


class UnusableReplyError(ValueError):
    """A reply is not JSON of the schema; the message says what is wrong, for the model to repair."""


def read_reply(text: str, schema: type[BaseModel]) -> BaseModel:
    """Parse a reply. A leading block of reasoning and one code fence around the whole are left out.

    Raises ``UnusableReplyError``; labels are never looked for in running text.
    """
    body = _REASONING.sub("", text).strip()
    fenced = _FENCE.match(body)
    try:
        return schema.model_validate_json(fenced["body"] if fenced else body)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in problem['loc']) or 'reply'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)[:_SHOWN_ERRORS]
        ]
        raise UnusableReplyError("; ".join(problems)) from None


def schema_instruction(schema: type[BaseModel]) -> str:
    """What to add to a prompt for endpoints that take no schema of their own."""
    return f"Reply with JSON only, valid for this JSON schema:\n{json.dumps(json_schema(schema))}"


def repair_instruction(problem: str) -> str:
    """What to say to a model whose reply could not be read."""
    return (
        f"Your reply is not valid for the JSON schema ({problem}). "
        "Give the same answer again as valid JSON only, without any other text."
    )


@cache
def json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a reply; not to be changed by whoever gets it."""
    return schema.model_json_schema()
