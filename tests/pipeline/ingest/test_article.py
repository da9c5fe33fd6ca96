"""From fields to articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.article import Reading, RowError, field_names, read_article, row_digest, row_key

READING = Reading(nations={"gb": "GB", "uk": "GB", "united kingdom": "GB"}, languages={"GB": "en"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def test_read_article_fills_every_field() -> None:
    article = read_article(
        {
            "id": 7, "country": "UK", "lang": "en-GB", "publisher": "The Herald", "published_at": "2024-05",
            "headline": "A <b>title</b>", "link": "https://example.org/7", "body": "Text.", "license": "CC0",
            "speaker": "Ann Smith", "group": "Greens", "section": "World", "views": float("nan"),
        },
        READING,
    )  # fmt: skip
    assert (article.external_id, article.nation, article.claimed_language) == ("7", "GB", "en")
    assert (article.outlet, article.title, article.url) == ("The Herald", "A title", "https://example.org/7")
    assert (article.published, article.date_precision) == (date(2024, 5, 1), "month")
    assert (article.text, article.licence, article.speaker, article.party) == (
        "Text.",
        "CC0",
        "Ann Smith",
        "Greens",
    )
    assert article.metadata == {"section": "World"}


def test_read_article_takes_defaults_for_what_rows_do_not_say() -> None:
    reading = replace(READING, defaults={"nation": "gb", "outlet": "Gazette"})
    assert read_article({"text": "Text."}, reading).outlet == "Gazette"
    assert read_article({"text": "Text.", "outlet": "Own"}, reading).outlet == "Own"


def test_read_article_uses_mapped_names_only() -> None:
    reading = replace(READING, names=field_names({"text": "corps"}))
    assert read_article({"corps": "Ours.", "text": "Other.", "nation": "GB"}, reading).text == "Ours."


def test_read_article_never_links_to_scripts() -> None:
    article = read_article({"text": "T.", "nation": "GB", "url": "javascript:alert(1)"}, READING)
    assert (article.url, article.metadata) == ("", {"url": "javascript:alert(1)"})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"nation": "GB"}, "text is missing (looked for: text, content, body, article)"),
        (
            {"nation": "GB", "text": "<p>\u200b</p>"},
            "text is missing (looked for: text, content, body, article)",
        ),
        ({"nation": "GB", "text": ["a"]}, "text is list, not a string"),
        ({"nation": "Atlantis", "text": "T."}, "nation 'Atlantis' is unknown (known: GB)"),
        ({"text": "T."}, "nation is missing (looked for: country, nation)"),
        (
            {"nation": "GB", "text": "T.", "date": "2024-02-30"},
            "date '2024-02-30' cannot be read; write it as YYYY, YYYY-MM or YYYY-MM-DD",
        ),
    ],
)
def test_read_article_says_why_not(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(RowError) as caught:
        read_article(fields, READING)
    assert str(caught.value) == reason


def test_read_article_requires_a_date_only_when_told() -> None:
    fields = {"nation": "GB", "text": "T."}
    assert read_article(fields, READING).published is None
    with pytest.raises(RowError, match="date is missing"):
        read_article(fields, replace(READING, require_date=True))


def test_field_names_refuses_unknown_fields() -> None:
    with pytest.raises(ValueError, match="there is no field 'colour'"):
        field_names({"colour": "couleur"})


def test_row_key_tells_occurrences_apart() -> None:
    first = row_digest(read_article({"text": "T.", "nation": "GB"}, READING))
    same = row_digest(read_article({"text": " T.\u200b ", "country": "uk"}, READING))
    other = row_digest(read_article({"text": "T.", "nation": "GB", "title": "x"}, READING))
    assert first == same
    assert first != other
    assert row_key(first, 0) != row_key(first, 1)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["text", "nation", "date", "title", "id", "x"]), JSON))
def test_read_article_raises_only_row_errors(fields: dict[str, object]) -> None:
    try:
        article = read_article(fields | {"nation": "GB"}, READING)
    except RowError:
        return
    assert article.text.strip() == article.text != ""
