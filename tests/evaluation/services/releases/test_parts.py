"""Parts of a release: what each may hold, and what the recipe leaves out."""

from __future__ import annotations

from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from annotation.lifecycle import ReleaseStatus, StatementStatus
from annotation.models import Document
from annotation.services.decisions.statuses import move
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.pairs import PairBalance, preference_balance
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.verify import verify
from evaluation.services.gold.collect import held_back_without_gold
from evaluation.services.releases.make import make_release
from evaluation.services.releases.statuses import (
    UnverifiedError,
    publish_release,
)
from tests import factories
from tests.evaluation.gold import approve, approved_corpus, waiting_triple
from tests.evaluation.services.releases.folders import read_folder, rows_of

pytestmark = pytest.mark.django_db


def test_make_release_preference_pairs_share_no_article_with_anything_else(tmp_path):
    approved_corpus(per_slice=6)
    original = Document.objects.get(url="https://example.org/0", nation="GB")
    copy = factories.DocumentFactory(
        nation=original.nation,
        text=original.text + " It rained again. The council must protect park 77.",
        duplicate_of=original,
        duplicate_kind="near",
    )
    approve(waiting_triple("GB", 77, document=copy))
    release = make_release(name="pairs", recipe=Recipe(preference_share=0.4), output=tmp_path)
    articles: dict[str, set[str]] = {}
    for part, article in ReleaseItem.objects.filter(release=release).values_list("part", "article_key"):
        articles.setdefault(part, set()).add(article)
    assert set(articles) == {"evaluation", "train", "test"}
    assert sum(map(len, articles.values())) == len(set().union(*articles.values()))
    files = read_folder(release.folder)
    pairs = [row for part in ("train", "test") for row in rows_of(files[f"dpo/{part}.jsonl"])]
    assert len(pairs) == release.items.filter(part__in=["train", "test"]).count()
    for row in pairs:
        assert [message["role"] for side in ("prompt", "chosen", "rejected") for message in row[side]] == [
            "user",
            "assistant",
            "assistant",
        ]


def test_make_release_pairs_can_be_evened_in_length_and_negation(tmp_path):
    for n in range(60):
        approve(waiting_triple("GB", n, is_exchanged=n % 4 == 0))
    plain = Recipe(preference_share=0.5)
    as_drawn = make_release(name="drawn", recipe=plain, output=tmp_path)
    even = make_release(name="even", recipe=plain.changed(balance=("pairs",)), output=tmp_path)

    def balance(release: Release) -> PairBalance:
        pairs = release.items.filter(part__in=["train", "test"])
        return preference_balance(item.told for item in pairs)["all"]

    assert (balance(as_drawn).is_even, balance(even).is_even) == (False, True)
    assert 0 < balance(even).items < balance(as_drawn).items
    assert even.told.facts["left_out"]["pairs"] == balance(as_drawn).items - balance(even).items
    assert even.items.evaluated().count() == as_drawn.items.evaluated().count()


def test_make_release_without_conflict_reduction_takes_what_it_set_aside(tmp_path):
    kept, aside = (approve(waiting_triple("GB", n)) for n in (1, 2))
    move(aside.statement, StatementStatus.SET_ASIDE, actor_name="test")
    reduced = make_release(name="with", output=tmp_path)
    recipe = reduced.recipe_followed.changed(conflict_reduction=False)
    whole = make_release(name="without", recipe=recipe, output=tmp_path)
    assert set(reduced.items.values_list("triple_id", flat=True)) == {kept.pk}
    assert set(whole.items.values_list("triple_id", flat=True)) == {kept.pk, aside.pk}
    # One of which nobody approved a triple cannot be in, which is told.
    waiting = waiting_triple("GB", 3).triple.statement
    move(waiting, StatementStatus.CONTESTED, actor_name="test")
    assert (held_back_without_gold(recipe), held_back_without_gold(reduced.recipe_followed)) == (1, 0)


def test_make_release_keeps_holdout_items_out_of_every_file(tmp_path):
    approved_corpus(per_slice=6)
    release = make_release(name="secret", recipe=Recipe(holdout_share=0.3), output=tmp_path)
    held = release.items.filter(part="holdout")
    rows = [item.told for item in held]
    assert len(rows) > 0
    everything = b"".join(read_folder(release.folder).values()).decode(errors="replace")
    assert [row.id for row in rows if row.id in everything or row.origin in everything] == []
    kept_back = {row.statement for row in rows} - {item.statement for item in release.items.evaluated()}
    assert [text for text in kept_back if text in everything] == []
    lines = "\n".join(sorted(row.as_json() for row in rows))
    commitment = sha256(f"{release.holdout_salt}\n{lines}".encode()).hexdigest()
    assert release.told.holdout == {"items": len(rows), "commitment": commitment}
    assert verify(Path(release.folder)).ok


def test_make_release_preferences_share_nothing_with_what_was_published(tmp_path):
    approved_corpus(per_slice=3)
    recipe = Recipe(preference_share=0.6)
    alone = make_release(name="alone", recipe=recipe, output=tmp_path)
    assert alone.status == ReleaseStatus.CANDIDATE
    published = make_release(name="first", recipe=Recipe(nations=("GB", "DE")), output=tmp_path)
    publish_release(release=published, actor_name="test")
    after = make_release(name="after", recipe=recipe, output=tmp_path)

    def nations_taught(release: Release) -> set[str]:
        return set(release.items.filter(part__in=["train", "test"]).values_list("nation_id", flat=True))

    assert nations_taught(alone) & {"GB", "DE"} != set()
    assert nations_taught(after) == {"CN", "FR", "US"}
    with pytest.raises(UnverifiedError, match=r"first@1\.0\.0: [0-9]+ taught here and evaluated there"):
        publish_release(release=alone, actor_name="test")
    publish_release(release=after, actor_name="test")


def test_what_was_held_back_is_never_given_out(tmp_path):
    approved_corpus(per_slice=4)
    keeps = make_release(name="keeps", recipe=Recipe(holdout_share=0.3), output=tmp_path)
    tells = make_release(name="tells", output=tmp_path)
    publish_release(release=keeps, actor_name="test")
    held = set(keeps.items.filter(part="holdout").values_list("key", flat=True))

    with pytest.raises(UnverifiedError, match=r"keeps@1\.0\.0: [0-9]+ told here and held back there"):
        publish_release(release=tells, actor_name="test")
    later = make_release(name="later", output=tmp_path)
    again = make_release(name="again", recipe=Recipe(holdout_share=0.3), output=tmp_path)

    assert held & set(later.items.values_list("key", flat=True)) == set()
    assert later.told.facts["left_out"]["held_back"] >= len(held) > 0
    assert held <= set(again.items.filter(part="holdout").values_list("key", flat=True))


def test_make_release_excerpts_of_an_article_stay_below_half_of_it(tmp_path):
    texts = [f"The council must protect park {n}." for n in range(8)]
    document = factories.DocumentFactory(nation=factories.nation("GB"), text=" ".join(texts))
    for n in range(8):
        approve(waiting_triple("GB", n, document=document))
    release = make_release(name="half", output=tmp_path)
    told = sum(len(item.told.evidence) for item in release.items.all())
    assert 0 < told <= len(document.text) / 2
    assert release.told.facts["left_out"]["excerpts"] == 8 - release.items.count()


def released(name: str, *options: str) -> tuple[str, Release]:
    """Output of the command and its release."""
    out = StringIO()
    call_command("make_release", name, *options, stdout=out)
    return out.getvalue(), Release.objects.get(name=name)


def test_wording_that_tells_the_statement_is_said_and_can_be_left_out(tmp_path):
    for n in range(90):
        approve(waiting_triple("GB", n, is_exchanged=n % 3 == 0))

    told, everything = released("all", f"--output={tmp_path}")
    silent, fair = released("fair", f"--output={tmp_path}", "--balance-choices")

    assert everything.items.count() == 90
    assert "en: wording alone tells the statement from its reversal in" in told
    assert "wording alone" not in silent
    assert 20 <= fair.items.count() < 90
    kept = fair.items.filter(statement__contains="not").count()
    assert kept == 30  # those that mislead the guess stay
    assert "at chance" in (tmp_path / "fair-1.0.0" / "README.md").read_text()
    assert "NOT at chance" in (tmp_path / "all-1.0.0" / "README.md").read_text()
