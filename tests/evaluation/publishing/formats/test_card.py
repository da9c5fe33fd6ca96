from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.formats.card import data_card
from evaluation.publishing.formats.card_counts import SAMPLE, count, count_pairs
from evaluation.publishing.formats.markdown import plain, table, verbatim
from evaluation.publishing.formats.negation import is_negated
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import digest_of
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, hostile_rows, row

_FACTS = {
    "agreement": [
        {"nation": "CN", "kind": "triple", "alpha": 0.71234, "low": 0.6, "high": 0.8, "raw": 0.9,
         "why_undefined": "", "items": 40, "votes": 90, "annotators": 3},
        {"nation": "FR", "kind": "triple", "alpha": None, "low": None, "high": None, "raw": 1.0,
         "why_undefined": "all votes are the same", "items": 5, "votes": 10, "annotators": 2},
    ],
    "engines": [{"stage": "triples", "engine": "rules", "version": "3.1", "items": 36}],
    "left_out": {"window": 3, "size": 1, "unheard-of": 2},
}  # fmt: skip


def _body(made: MemoryContent) -> str:
    return data_card(made).split("\n---\n", 1)[1]


def _section(made: MemoryContent, title: str) -> str:
    """The text under a heading of the card, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n\n(.*?)(?=^#|\Z)", _body(made), re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1].strip()


def _walk(value: object, where: str = "front matter") -> list[str]:
    """Places with a blank."""
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in _walk(inner, f"{where}.{key}")]
    if isinstance(value, list) and value:
        return [place for n, inner in enumerate(value) for place in _walk(inner, f"{where}[{n}]")]
    return [where] if value in (None, "", [], {}) else []


_BARE = {"facts": {}, "gates": (), "override": "", "holdout": {}, "changes": (), "previous": ""}


@pytest.mark.parametrize(
    "made",
    [
        content(),
        content(facts=_FACTS),
        content(recipe=Recipe(), train=[], test=[], nation_names={}, **_BARE),
        content(hostile_rows(), **_BARE),
        content([row("GB", 0, published="", outlet="", licence="", url="", topic="")], **_BARE),
    ],
    ids=["usual", "facts", "bare", "hostile", "nothing known"],
)
def test_no_field_of_the_card_is_blank(made: MemoryContent):
    front, body = data_card(made).removeprefix("---\n").split("\n---\n", 1)

    assert _walk(yaml.safe_load(front)) == []
    sections = re.split(r"^#+ .+\n", body, flags=re.MULTILINE)[1:]
    headings = re.findall(r"^#+ .+$", body, flags=re.MULTILINE)
    own = dict(zip(headings, sections, strict=True))
    assert [title for title, text in own.items() if not text.strip() and title != "## Parts"] == []
    rows = [line for line in body.splitlines() if line.startswith("|")]
    assert [line for line in rows if re.search(r"\|\s*\|", line)] == []
    assert "None" not in body


def test_contents_count_items_articles_and_what_takes_most(made: MemoryContent):
    lines = _section(content([row("GB", n) for n in range(4)]), "Contents").splitlines()

    assert lines[2] == (
        "| United Kingdom (GB) | quoted | 4 | 3 | 0 | 2019-2024 |"
        " United Kingdom Gazette: 50.0 % | 2024: 50.0 % |"
    )


def test_figures_of_agreement_are_those_of_the_facts_and_of_the_votes():
    text = _section(content(facts=_FACTS), "Annotators and agreement")

    assert "| CN | triple | 0.712 | 0.600 to 0.800 | 0.900 | 40 | 90 | 3 |" in text
    assert "| FR | triple | undefined: all votes are the same | – | 1.000 | 5 | 10 | 2 |" in text
    # 27 of 36 items have two votes that agree: every fourth has none.
    assert "Raw agreement: 1.000 of the vote pairs on 27 items" in text
    assert "Annotators of the evaluation items (pseudonymous): 2. Votes on them: 54." in text


def test_votes_that_differ_lower_the_raw_agreement():
    made = content([row("GB", 5), row("GB", 6)])  # two valid and one invalid, then two valid

    # Ordered pairs: 6 of which 2 agree, then 2 of which 2 agree.
    assert "Raw agreement: 0.500 of the vote pairs on 2 items" in _section(made, "Annotators and agreement")


def test_missing_facts_are_said_in_words():
    bare = content([row("GB", 0)], train=[], test=[], **_BARE)

    assert _section(bare, "Engines").startswith("No engine is on record")
    assert _section(bare, "Holdout") == "No item is held back."
    assert _section(bare, "Preference data") == "This release has no preference pairs."
    assert _section(bare, "Changes") == "- First version: there is no release before to compare with."
    assert _section(bare, "Gates") == "The recipe asks for no gate.\n\nNo gate was overridden."
    assert "a curator decided every one of them" in _section(bare, "Annotators and agreement")
    assert "There are no figures over all items people saw" in _section(bare, "Annotators and agreement")


def test_gates_are_reported_and_the_reason_of_an_override_is_printed_as_it_was_written():
    reason = "We know: `<b>` | three\n```\n# not a heading\n```\nlines."
    text = data_card(content(override=reason))

    assert "| max\\_outlet\\_share | cn/quoted | 0.800 | 0.500 | yes | – |" in text
    assert "| min\\_items | fr/official | 4 | 0 | NO | – |" in text
    assert f"\n````text\n{reason}\n````\n" in text


def test_a_reason_to_override_is_not_printed_where_no_gate_failed():
    passed = {"name": "min_items", "slice": "cn/quoted", "limit": 4, "value": 4, "passed": True}

    for gates in ((), (passed,)):
        told = _section(content(gates=gates, override="Nobody reads this."), "Gates")
        assert told.endswith("No gate was overridden.")
        assert "Nobody reads this." not in told


def test_a_gate_nobody_asked_for_is_measured_without_a_limit():
    gate = {
        "name": "min_alpha",
        "slice": "cn",
        "limit": None,
        "value": 0.71,
        "passed": True,
        "detail": "40 units",
    }

    assert "| min\\_alpha | cn | – | 0.710 | not asked | 40 units |" in data_card(content(gates=(gate,)))


def test_preference_pairs_are_told_by_length_and_negation_of_each_language():
    rows = [row("GB", 100), row("FR", 100), row("FR", 102, statement="x" * 90)]
    text = _section(content(rows, train=rows, test=[]), "Preference data")

    chosen, rejected = (
        [len(getattr(item, name)) for item in rows] for name in ("statement", "reversed_statement")
    )
    means = f"{sum(chosen) / 3:.1f} and {sum(rejected) / 3:.1f}"
    assert text.startswith("train: 3 pairs of 3 articles.\n\n")
    assert f"| train | all | 3 | {means} | 33.3 % | 0.0 % and 100.0 % | NOT even |" in text
    assert (
        f"| train | en | 1 | {chosen[0]}.0 and {rejected[0]}.0 | 0.0 % | 0.0 % and 100.0 % | NOT even |"
        in text
    )
    assert "| train | fr | 2 |" in text
    assert "`make_release --balance pairs` leaves out what is uneven." in text


def test_pairs_that_are_even_need_no_advice():
    item = row("GB", 100, reversed_statement="The county should shut library 100 now.")
    even = [item, row("GB", 101, statement=item.reversed_statement, reversed_statement=item.statement)]

    text = _section(content(train=even, test=[]), "Preference data")
    assert re.search(r"\| train \| en \| 2 \| .* \| 50\.0 % \| 0\.0 % and 0\.0 % \| even \|", text)
    assert "--balance" not in text


def test_the_rule_that_evens_pairs_is_told_with_numbers_before_and_after():
    recipe, facts = Recipe(preference_share=0.5, balance=("pairs",)), {"left_out": {"pairs": 7}}

    text = _section(
        content(recipe=recipe, facts=facts, train=[row("GB", 1)], test=[row("GB", 2)]), "Preference data"
    )
    assert "there were 9 before, 7 were left out, and 2 stayed." in text
    assert "--balance" not in text
    none = _section(content(recipe=recipe, facts=facts, train=[], test=[]), "Preference data")
    assert none == (
        "This release has no preference pairs. The recipe evens the pairs of every language (`pairs`): there"
        " were 7 before, 7 were left out, and 0 stayed."
    )


def test_pairs_in_a_language_without_a_list_of_negations_are_left_out_of_that_figure():
    pairs = [row("GB", 1), row("GB", 2, language="pt")]

    found = count_pairs(pairs)
    assert (found.balance["all"].items, found.balance["all"].judged) == (2, 1)
    assert re.search(
        r"\| train \| pt \| 1 \| [^|]+ \| 0\.0 % \| – \|", data_card(content(train=pairs, test=[]))
    )


def test_what_was_left_out_is_told_with_the_reason_in_words():
    text = _section(content(facts=_FACTS), "Recipe")

    assert "| size | 1 | its slice was larger than the recipe asks for |" in text
    assert "| unheard-of | 2 | – |" in text


@pytest.mark.parametrize("nation", ["CN", "DE", "FR", "GB", "US"])
def test_negation_is_seen_in_every_language(nation: str):
    item = row(nation, 1)

    assert is_negated(item.statement, item.language) is False
    assert is_negated(item.reversed_statement, item.language) is True


def test_a_guess_from_wording_alone_is_measured_per_language_where_there_is_enough():
    text = _section(content(), "Can an item be guessed without its question?")

    assert "| fr | 4 | – | – | not measured: fewer than 20 items |" in text
    made = content([row("GB", n) for n in range(24)])
    text = _section(made, "Can an item be guessed without its question?")
    assert re.search(r"\| en \| 24 \| 1\.000 \| 0\.\d{3} to 1\.000 \| NOT at chance \|", text)


def test_the_guess_is_measured_on_a_bounded_number_of_items():
    many = [row("GB", n, id=digest_of(str(n))) for n in range(SAMPLE + 5)]

    found = count(content(many, train=[], test=[]))
    assert found.guesses["en"].items == SAMPLE
    assert found.items == SAMPLE + 5


def test_texts_of_strangers_stay_text(made: MemoryContent):
    body = _body(made)

    assert "<script>" not in body
    assert "](javascript:" not in body.replace("\\](", "")
    assert "{{ 7 \\* 7 }}" in body  # shown, not calculated
    assert body.count("\n# ") == 1


def test_the_temporal_slice_is_told_with_the_way_to_take_it():
    text = _section(content([row("GB", n) for n in range(3)]), "Temporal slice")

    assert text.startswith(
        "Items published from 2023-01-01 on are recent. Items: 1 recent, 1 earlier, 1 undated."
    )
    assert "marks no recent period" in _section(content(recipe=Recipe()), "Temporal slice")


def test_the_card_tells_version_citation_canary_and_how_to_verify(release: Path):
    card = (release / "README.md").read_text("utf-8")

    assert "# NaVAB release harbour, version 1.2.0" in card
    assert "@misc{navab-harbour-1-2-0," in card
    assert "`sha256sum -c checksums.sha256`" in card
    assert "`python3 navab manage verify_release PATH`" in card
    assert f"```text\n{CANARY}\n```" in card
    assert "Against harbour@1.1.0:\n\n- 2 items were added in cn/quoted." in card


@given(st.text())
def test_escaped_text_is_one_line_without_live_markup(text: str):
    found = plain(text)

    assert "\n" not in found
    assert re.search(r"(?<!\\)(?:\\\\)*[|<>\[\]`*_]", found) is None


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_a_table_has_its_number_of_cells_whatever_is_in_them(rows: list[tuple[str, str]]):
    lines = table(("a", "b"), rows).split("\n")

    assert len(lines) == 2 + len(rows)
    for line in lines:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3


@given(st.text())
def test_a_fence_holds_any_text(text: str):
    opening, rest = verbatim(text).split("text\n", 1)

    assert rest == f"{text}\n{opening}"
    assert opening not in text
