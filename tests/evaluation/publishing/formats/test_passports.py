from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluation.publishing.content import Slice
from evaluation.publishing.formats.passports import files
from tests.evaluation.publishing.content import MemoryContent, content, row


def test_passports_stand_in_the_order_of_the_rows(release: Path, made: MemoryContent):
    for where in made.slices():
        lines = (release / "passports" / f"{where.path}.jsonl").read_text("utf-8").split("\n")

        assert [json.loads(line)["id"] for line in lines[:-1]] == [item.id for item in made.rows(where)]
        assert lines[-1] == ""


def test_preference_items_have_passports_too(release: Path, made: MemoryContent):
    lines = (release / "passports/preferences.jsonl").read_text("utf-8").splitlines()

    assert len(lines) == len(made.train) + len(made.test)


def test_without_preference_pairs_there_is_no_file_for_them():
    assert [path for path, _ in files(content([row("DE")], train=[], test=[]))] == [
        "passports/de/quoted.jsonl"
    ]


@dataclass(frozen=True)
class _Faulty:
    inner: MemoryContent
    line: str

    @property
    def manifest(self):
        return self.inner.manifest

    def slices(self):
        return self.inner.slices()

    def passports(self, where: Slice | None):
        yield self.line


@pytest.mark.parametrize("line", ['{"id": "1"}', '{"canary": "CANARY"}\n{}'])
def test_a_passport_without_the_canary_or_of_two_lines_is_refused(line: str):
    made = content([row("DE")], train=[], test=[])
    faulty = _Faulty(made, line.replace("CANARY", made.manifest.canary))

    with pytest.raises(ValueError, match="a passport of de/quoted is not one line with the canary"):
        [b"".join(pieces) for _, pieces in files(faulty)]
