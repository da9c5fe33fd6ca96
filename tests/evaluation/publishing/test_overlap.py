from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.overlap import WORDS, SliceOverlap, file_texts, overlap
from tests.evaluation.publishing.content import CANARY, row

_LEAK = (
    "Every town of the republic must keep its oldest library open to readers at night, "
    "even when the budget of the county falls short"
)
_ZH_LEAK = "各地方政府应当在预算不足的情况下继续向所有读者免费开放历史最悠久的公共图书馆和档案馆"


def _item(n=1, nation="GB", **changes):
    plain = {"question": "Why?", "reversed_statement": "No.", "evidence": "", "statement": "Yes."}
    return row(nation, n, **{**plain, **changes})


def test_overlap_finds_a_planted_statement_whatever_its_form():
    item = _item(statement=_LEAK)
    text = f"Noise before. «{_LEAK.upper().replace(' ', '   ').replace('town', 'ｔｏｗｎ')}»; noise after."

    report = overlap([item, _item(2, statement=_LEAK[::-1])], [("corpus", text)])

    (found,) = report.items
    assert (found.id, found.slice, found.share, found.source) == (item.id, "gb/quoted", 1.0, "corpus")
    assert found.fields == ("statement",)
    assert len(found.example.split()) == WORDS
    assert found.example in " ".join(_LEAK.casefold().replace(",", "").split())
    assert report.slices == {"gb/quoted": SliceOverlap(2, 2, 1, 1, 0.5)}
    assert report.sources == {"corpus": 1}


def test_overlap_tells_the_share_of_grams_that_stand_in_the_text():
    words = _LEAK.split()
    item = _item(statement=_LEAK)

    (found,) = overlap([item], [("t", " ".join(words[:14]))]).items

    assert (found.grams, found.found) == (len(words) - WORDS + 1, 2)


def test_overlap_finds_chinese_by_characters():
    item = _item(nation="CN", statement=_ZH_LEAK)
    text = f"新闻。{_ZH_LEAK[:20]}，{_ZH_LEAK[20:]}！完"

    (found,) = overlap([item], [("t", text)]).items

    assert (found.share, len(found.example)) == (1.0, 2 * WORDS)
    assert overlap([item], [("t", _ZH_LEAK[:25])]).items == ()


def test_overlap_takes_eight_words_when_asked():
    item = _item(statement=_LEAK)
    text = " ".join(_LEAK.split()[3:11])

    assert overlap([item], [("t", text)]).items == ()
    assert len(overlap([item], [("t", text)], n=8).items) == 1


def test_overlap_looks_for_a_shorter_text_as_a_whole_and_not_for_the_shortest():
    item = _item(question="What should become of library 3?", statement="Keep library 3 open.")

    report = overlap(
        [item, _item(2)], [("t", "They ask what should become of library 3. Keep library 3 open.")]
    )

    (found,) = report.items
    assert (found.fields, found.grams, found.example) == (("question",), 1, "what should become of library 3")
    assert report.slices["gb/quoted"] == SliceOverlap(2, 1, 1, 1, 1.0)


def test_overlap_counts_by_source_and_names_the_first_that_has_an_item():
    items = [_item(1, statement=_LEAK), _item(2, nation="CN", statement=_ZH_LEAK)]

    report = overlap(items, [("a", _LEAK), ("b", f"{_LEAK} {_ZH_LEAK}"), ("c", "nothing")])

    assert report.sources == {"a": 1, "b": 2, "c": 0}
    assert {found.id: found.source for found in report.items} == {items[0].id: "a", items[1].id: "b"}


def test_overlap_finds_the_canary_string():
    report = overlap([_item()], [("clean", "no canary"), ("dump", f"...{CANARY.upper()}...")])

    assert report.canary_in == ("dump",)
    assert report.items == ()


def test_overlap_does_not_join_what_stands_in_two_texts():
    words = _LEAK.split()

    report = overlap([_item(statement=_LEAK)], [("a", " ".join(words[:10])), ("b", " ".join(words[10:20]))])

    assert report.items == ()


@given(st.integers(1, 400), st.integers(0, 300), st.sampled_from([_LEAK, _ZH_LEAK]))
def test_overlap_finds_a_leak_across_pieces(size, start, leak):
    item = _item(nation="CN" if leak is _ZH_LEAK else "GB", statement=leak)
    text = f"{'filler ' * (start // 7)} {leak} and so on"
    cuts = [0, *(at + 1 for at, char in enumerate(text) if char == " " and at % size == 0), len(text)]
    pieces = [("t", text[low:high]) for low, high in pairwise(cuts)]

    assert [found.share for found in overlap([item], pieces).items] == [1.0]


def test_overlap_of_random_texts_is_empty():
    words = [f"word{n}" for n in range(500)]
    draw = random.Random(1)
    items = [_item(n, statement=" ".join(draw.choices(words, k=20))) for n in range(200)]
    text = " ".join(draw.choices(words, k=200_000))

    assert overlap(items, [("t", text)]).items == ()


def test_file_texts_cuts_between_words_and_replaces_what_is_not_utf8(tmp_path, monkeypatch):
    monkeypatch.setattr("evaluation.publishing.overlap._PIECE", 16)
    monkeypatch.setattr("evaluation.publishing.texts._PIECE", 16)
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"\xff" + _LEAK.encode() + b"x" * 100)

    pieces = [text for _, text in file_texts([path])]

    assert "".join(pieces) == f"�{_LEAK}{'x' * 100}"
    assert all(piece.endswith(" ") for piece in pieces[:5])
    assert len(overlap([_item(statement=_LEAK)], file_texts([path])).items) == 1


def test_a_report_is_plain_json():
    report = overlap([_item(statement=_LEAK)], [("t", _LEAK)])

    assert json.loads(json.dumps(report.as_dict()))["items"][0]["share"] == 1.0


def test_overlap_refuses_grams_of_nothing():
    with pytest.raises(ValueError, match="n is 0"):
        overlap([], [], n=0)
