"""The guess from wording alone: what is said when a release is made is what its card says, learned once."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from evaluation.models import Release
from evaluation.publishing.formats import card_counts
from evaluation.services.gold.fairness import choice_only_by_language
from pipeline.triples.choice_only import FEWEST, choice_only
from tests.evaluation.gold import annotators, approve, waiting_triple

pytestmark = pytest.mark.django_db


def made(folder) -> dict[str, object]:
    """What ``make_release`` says of a release of a few British items."""
    people = annotators()
    for n in range(FEWEST + 1):
        approve(waiting_triple("GB", n), dict.fromkeys(people, "valid"))
    out = StringIO()
    call_command("make_release", "fair", "--output", str(folder), "--json", stdout=out)
    said: dict[str, object] = json.loads(out.getvalue().splitlines()[-1])
    return said


def test_the_command_says_what_the_card_says_and_learns_once(tmp_path, monkeypatch):
    card_counts._guess.cache_clear()
    learned = []

    def learning(pairs, **named):
        learned.append(len(pairs))
        return choice_only(pairs, **named)

    monkeypatch.setattr(card_counts, "choice_only", learning)
    told = made(tmp_path)["choice_only"]["en"]
    assert learned == [FEWEST + 1]
    card = (tmp_path / "fair-1.0.0" / "README.md").read_text("utf-8")
    assert f"| en | {told['items']} | {told['accuracy']:.3f} |" in card
    assert choice_only_by_language(Release.objects.get())["en"].accuracy == told["accuracy"]
