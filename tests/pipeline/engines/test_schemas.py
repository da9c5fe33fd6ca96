"""Reply schemas are as endpoints in strict mode want them, and the SDK is loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.attribution.model import AttributionReply
from pipeline.conflicts.model import ConflictReply
from pipeline.engines.replies import Reply, json_schema
from pipeline.screening.model import ScreeningReply
from pipeline.statements.model import StatementsReply
from pipeline.tagging.model import MergesReply, TagsReply
from pipeline.topics.model import TopicLabelReply
from pipeline.triples.model import TripleReply

SCHEMAS = [
    AttributionReply, ConflictReply, MergesReply, ScreeningReply, StatementsReply, TagsReply, TopicLabelReply,
    TripleReply,
]  # fmt: skip


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)


@pytest.mark.parametrize("reply", SCHEMAS)
def test_every_object_names_all_its_keys_and_forbids_others(reply: type[Reply]) -> None:
    found = list(objects(json_schema(reply)))

    assert found
    assert all(part["additionalProperties"] is False for part in found)
    assert all(part["required"] == list(part["properties"]) for part in found)


@pytest.mark.parametrize("reply", [AttributionReply, ConflictReply, ScreeningReply])
def test_label_comes_before_the_rationale(reply: type[Reply]) -> None:
    assert next(iter(json_schema(reply)["properties"])) in {"label", "relation"}


def test_openai_is_not_imported_before_it_is_asked() -> None:
    code = "import sys, pipeline.engines.openai, pipeline.embedding.model; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
