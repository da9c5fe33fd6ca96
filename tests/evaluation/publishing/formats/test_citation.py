from __future__ import annotations

from evaluation.publishing.formats.citation import UNNAMED, bibtex
from tests.evaluation.publishing.content import content


def test_a_release_is_cited_with_name_version_year_and_address():
    facts = {"publisher": "Harbour Lab", "site": "https://lab.example/navab/"}

    assert bibtex(content(facts=facts).manifest) == (
        "@misc{navab-harbour-1-2-0,\n"
        "  author = {{Harbour Lab}},\n"
        "  title = {NaVAB release harbour},\n"
        "  version = {1.2.0},\n"
        "  year = {2026},\n"
        "  url = {https://lab.example/navab/releases/harbour@1.2.0/},\n"
        "  note = {Identified by its checksums.sha256},\n"
        "}"
    )


def test_without_a_publisher_the_curators_are_cited():
    assert f"author = {{{{{UNNAMED}}}}}" in bibtex(content().manifest)


def test_braces_in_a_name_cannot_end_the_entry():
    assert "author = {{Lab note = evil}}" in bibtex(
        content(facts={"publisher": "Lab}}\nnote = {evil}"}).manifest
    )


def test_whoever_knows_the_digest_says_it():
    assert "note = {SHA-256 of checksums.sha256: 0a0b}" in bibtex(content().manifest, digest="0a0b")
