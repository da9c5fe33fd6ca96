"""Rows of a release folder: malformed, out of place, shared between parts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evaluation.publishing.verify import verify
from tests.evaluation.publishing.verify.findings import GB, checks_of, messages_of
from tests.evaluation.publishing.written import edit_object, edit_rows, hash_again, sound_content, written


def _set(**values):
    return lambda rows: rows[1].update(values)


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        (_set(extra=1), "line 2: unknown fields: extra [rows]"),
        (lambda rows: rows[1].pop("topic"), "line 2: fields are missing: topic [rows]"),
        (_set(topic=None), "line 2: topic is None, not of type str [rows]"),
        (_set(period="soon"), "line 2: period is 'soon'; known: recent, earlier, undated [rows]"),
        (_set(statement=" "), "line 2: statement is empty [rows]"),
        (_set(votes={"valid": -1}), "line 2: votes has valid: -1; votes are counted [rows]"),
        (_set(votes={"fine": 1}), "line 2: votes has unknown labels: fine [rows]"),
        (_set(annotators=[3]), "line 2: annotators has something that is no text [rows]"),
        (_set(speaker="\ud800"), None),
    ],
)
def test_a_row_that_is_none_is_found_with_its_line(folder, edit, finding):
    path = folder / GB
    found = [json.loads(line) for line in path.read_text().splitlines()]
    edit(found)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in found)
    path.write_bytes("".join(lines).encode("utf-8", "surrogatepass"))
    hash_again(folder)

    messages = messages_of(folder, "rows")

    assert messages == ([f"{GB}, {finding}"] if finding else messages)
    assert len(messages) == 1
    assert ("counts", GB) in checks_of(folder)


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        (lambda rows: rows.append(rows[-1]), "ids"),
        (lambda rows: rows.reverse(), "ids"),
        (_set(nation="US"), "splits"),
        (_set(source_type="official"), "splits"),
        (_set(canary="another"), "canary"),
        (lambda rows: rows[0].update(text="The article.", disclosure="span", evidence=""), "disclosure"),
        (lambda rows: rows[0].update(text="", evidence="Words.", disclosure="reference"), "disclosure"),
        (lambda rows: rows[0].update(evidence="x" * 501, disclosure="full_text"), "disclosure"),
        (lambda rows: [row.update(period="recent") for row in rows], "period"),
        (lambda rows: rows.pop(), "counts"),
        (lambda rows: rows[0].update(statement="Other words."), "copies"),
    ],
)
def test_a_row_that_does_not_belong_is_found(folder, edit, check):
    edit_rows(folder / GB, edit)
    hash_again(folder)

    found = checks_of(folder)

    assert check in {name for name, path in found if path == GB or check == "copies"}
    assert not {name for name, _ in found} & {"hash", "rows"}


def test_items_the_recipe_does_not_take_are_found(folder):
    edit_object(
        folder / "release.json", lambda value: value["recipe"].update(nations=["CN", "US", "FR", "DE"])
    )
    hash_again(folder)

    assert {path for check, path in checks_of(folder) if check == "recipe"} == {
        GB,
        "data/gb/official.jsonl",
        "dpo/train.jsonl",
        "dpo/test.jsonl",
    }


def test_parts_that_share_an_article_topic_or_wording_are_found(tmp_path):
    made = sound_content()
    item, other, third = made.evaluation[:3]
    train = [
        replace(made.train[0], article=item.article),
        replace(made.train[1], nation=other.nation, topic=other.topic),
        replace(made.train[2], language=third.language, statement=f"{third.statement}!"),
        *made.train[3:],
    ]
    folder = written(tmp_path, replace(made, train=tuple(train)))

    messages = messages_of(folder, "overlap")

    assert [message.split()[1] for message in messages] == ["article", "topic", "near_copy"]
    assert all(train[place].id in message for place, message in enumerate(messages))


def test_train_and_test_that_share_a_topic_are_found(tmp_path):
    made = sound_content()
    test = (replace(made.test[0], topic=made.train[0].topic), *made.test[1:])

    messages = messages_of(written(tmp_path, replace(made, test=test)), "overlap")

    assert len(messages) == 1
    assert messages[0].startswith(f"dpo/test.jsonl: topic '{made.train[0].nation}: ")


@pytest.mark.parametrize(
    "content", [b"\xff", b"{", b"[1]\n", b"[" * 100_000, b"null\n", b"{}" + b" " * (1 << 24)]
)
def test_a_line_that_is_no_row_is_found(folder, content):
    (folder / GB).write_bytes(content)
    hash_again(folder)

    assert ("rows", GB) in checks_of(folder)


def test_many_findings_of_one_kind_are_counted(folder):
    path = folder / GB
    path.write_text("nonsense\n" * 500)
    hash_again(folder)

    report = verify(folder)

    ours = [finding for finding in report.findings if finding.check == "rows"]
    assert len(ours) == 21
    assert ours[-1].message == "480 more findings of this kind"
