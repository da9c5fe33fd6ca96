from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from annotation.lifecycle import IllegalMoveError, ReleaseStatus, StatementStatus
from annotation.models import Document, Triple, Vote
from annotation.services.decisions.statuses import move
from evaluation.models import Release, ReleaseEvent, ReleaseItem
from evaluation.publishing.pairs import PairBalance, preference_balance
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.verify import verify
from evaluation.services.gold.collect import held_back_without_gold
from evaluation.services.releases.make import GateError, ReleaseError, make_release
from evaluation.services.releases.statuses import (
    UnverifiedError,
    move_release,
    publish_release,
    withdraw_release,
)
from tests import factories
from tests.evaluation.gold import annotators, approve, approved_corpus, waiting_triple

pytestmark = pytest.mark.django_db

LOADER = """
import json, sys
import datasets
folder = sys.argv[1]
counts = {}
for config in datasets.get_dataset_config_names(folder):
    loaded = datasets.load_dataset(folder, config, cache_dir=sys.argv[2])
    counts[config] = {split: len(rows) for split, rows in loaded.items()}
    for rows in loaded.values():
        columns = rows.column_names
        nulls = [c for c in columns if any(value is None for value in rows[c])]
        assert not nulls, nulls
        assert columns == datasets.load_dataset(folder, "all", cache_dir=sys.argv[2])["quoted"].column_names
print(json.dumps(counts))
"""


def read_folder(folder: str | Path) -> dict[str, bytes]:
    root = Path(folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows_of(content: bytes) -> list[dict]:
    return [json.loads(line) for line in content.decode().splitlines()]


def test_make_release_freezes_items_and_moves_status(tmp_path):
    triples = approved_corpus(per_slice=1)
    release = make_release(name="first", output=tmp_path)
    assert (release.status, release.label) == (ReleaseStatus.CANDIDATE, "first@1.0.0")
    assert release.folder == str(tmp_path / "first-1.0.0")
    assert set(release.items.values_list("triple_id", flat=True)) == {triple.pk for triple in triples}
    event = ReleaseEvent.objects.get(release=release)
    assert (event.old, event.new, event.actor_name, event.note) == (
        "draft",
        "candidate",
        "make_release",
        "1.0.0: 9 items",
    )


def test_make_release_loads_with_datasets_offline(tmp_path):
    approved_corpus(per_slice=2)
    release = make_release(name="loads", output=tmp_path / "out")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    ran = subprocess.run(
        [sys.executable, "-c", LOADER, release.folder, str(tmp_path / "cache")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    both = {"quoted": 2, "official": 2}
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "cn": both,
        "de": both,
        "fr": {"quoted": 2},
        "gb": both,
        "us": both,
        "all": {"quoted": 10, "official": 8},
    }


def test_make_release_checksums_cover_every_file(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="sums", output=tmp_path)
    files = read_folder(release.folder)
    sums = files.pop("checksums.sha256")
    expected = "".join(f"{sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
    assert sums.decode() == f"# {release.told.canary}\n{expected}"
    assert release.digest == sha256(sums).hexdigest()


def test_make_release_same_content_gives_equal_bytes(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(seed=7)
    first = make_release(name="twice", recipe=recipe, output=tmp_path / "a")
    first_files = read_folder(first.folder)
    Release.objects.all().delete()
    second = make_release(name="twice", recipe=recipe, output=tmp_path / "b")
    assert read_folder(second.folder) == first_files
    assert second.digest == first.digest


def test_make_release_files_are_read_only(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="locked", output=tmp_path)
    modes = {path.stat().st_mode & 0o777 for path in Path(release.folder).rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert list(tmp_path.iterdir()) == [tmp_path / "locked-1.0.0"]


def test_make_release_again_refuses_when_nothing_changed(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="taken", output=tmp_path)
    before = read_folder(release.folder)
    with pytest.raises(ReleaseError, match=r"Release taken@1\.0\.0 holds exactly this already"):
        make_release(name="taken", output=tmp_path / "elsewhere")
    assert read_folder(release.folder) == before
    assert Release.objects.count() == 1


def test_make_release_again_is_the_next_version_with_the_same_canary(tmp_path):
    approve(waiting_triple("GB", 1))
    first = make_release(name="line", output=tmp_path)
    approve(waiting_triple("GB", 2))
    second = make_release(name="line", output=tmp_path)
    assert (second.label, second.previous) == ("line@1.1.0", first)
    assert second.told.canary == first.told.canary
    assert second.told.changes != ()
    assert Release.objects.named("line").get() == second
    assert Release.objects.named("line@1.0.0").get() == first


def test_make_release_refuses_a_taken_folder(tmp_path):
    approved_corpus(per_slice=1)
    (tmp_path / "folder-1.0.0").mkdir()
    with pytest.raises(ReleaseError, match="exists already; choose another name or --output folder"):
        make_release(name="folder", output=tmp_path)
    assert Release.objects.count() == 0


def test_make_release_empty_says_what_is_missing(tmp_path):
    for n in range(3):
        waiting_triple("GB", n)
    with pytest.raises(ReleaseError, match=r"0 approved triples; 3 wait for people: manage.py push_reviews"):
        make_release(name="empty", output=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_make_release_refuses_bad_names_and_nations(tmp_path):
    factories.nation("GB")
    with pytest.raises(ReleaseError, match="Small letters"):
        make_release(name="../evil", output=tmp_path)
    with pytest.raises(ReleaseError, match=r"Unknown nation XX; known: .*GB"):
        make_release(name="ok", recipe=Recipe(nations=("xx",)), output=tmp_path)


def test_make_release_takes_only_the_nations_asked_for(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="one", recipe=Recipe(nations=("de",)), output=tmp_path)
    assert set(release.items.values_list("nation_id", flat=True)) == {"DE"}


def test_make_release_leaves_out_what_people_have_not_approved(tmp_path):
    approved = approve(waiting_triple("GB", 1), dict.fromkeys(annotators(), "valid"))
    waiting_triple("GB", 2)
    unattributed = waiting_triple("GB", 3, source_type="unknown")
    approve(unattributed)
    release = make_release(name="strict", output=tmp_path)
    assert list(release.items.values_list("triple_id", flat=True)) == [approved.pk]


def test_make_release_uses_the_corrected_triple_and_its_votes(tmp_path):
    decision = waiting_triple("GB", 1)
    people = annotators()
    triple = approve(
        decision, dict.fromkeys(people, "valid"), value={"question": "Should park 1 be protected?"}
    )
    release = make_release(name="fixed", output=tmp_path)
    (row,) = rows_of(read_folder(release.folder)["data/gb/quoted.jsonl"])
    assert triple.revises_id == decision.triple_id
    assert row["question"] == "Should park 1 be protected?"
    assert row["votes"] == {"valid": 2, "invalid": 0, "contested_here": 0, "no_longer_current": 0}
    assert row["annotators"] == ["annotator-1", "annotator-2"]


def test_make_release_names_no_annotator_and_ships_no_article(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="private", output=tmp_path)
    # Parquet is compressed; its rows are compared with those of the other files where formats are tested.
    everything = b"".join(read_folder(release.folder).values()).decode(errors="replace")
    assert "secret.name" not in everything
    assert not [text for text in Document.objects.values_list("text", flat=True) if text in everything]


def test_make_release_paper_files_have_the_published_names_and_fields(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="paper", output=tmp_path)
    files = read_folder(release.folder)
    assert {path for path in files if path.startswith("paper/")} == {
        f"paper/{folder}/{kind}_statement_result.json"
        for folder in ("US", "UK", "China", "german", "french")
        for kind in ("human", "official")
        if (folder, kind) != ("french", "official")
    }
    assert json.loads(files["paper/UK/human_statement_result.json"]) == [
        {
            "raw_news": "The council must protect park 0.",
            "statement": "The council must protect park 0.",
            "filter_flag": True,
            "full_source": f"{Document.objects.get(url='https://example.org/0', nation='GB').outlet.name}, "
            "2024-05-01, https://example.org/0",
            "source": "Ann Smith",
            "generated Q": "What should the council do about park 0?",
            "generated reverse statement": "The council must not protect park 0.",
            "generated raw data": "Q: What should the council do about park 0?\n"
            "S: The council must protect park 0.\nRS: The council must not protect park 0.",
            "canary": release.told.canary,
        }
    ]


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


def test_make_release_that_fails_a_gate_stays_a_draft_with_rows_to_fix(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(nations=("GB",), gates=Gates(max_outlet_share=0.4))
    with pytest.raises(GateError, match=r"max_outlet_share of gb/quoted is 0\.5, limit 0\.4"):
        make_release(name="strict", recipe=recipe, output=tmp_path)
    draft = Release.objects.get()
    assert (draft.status, draft.items.count(), list(tmp_path.iterdir())) == ("draft", 0, [])
    failed = [gate for gate in draft.gates if not gate["passed"]]
    assert [(gate["slice"], len(gate["rows"])) for gate in failed] == [("gb/official", 2), ("gb/quoted", 2)]
    assert set(failed[0]["triples"]) <= set(Triple.objects.values_list("pk", flat=True))

    release = make_release(name="strict", recipe=recipe, output=tmp_path, override="a test of two outlets")
    assert (release.pk, release.status, release.version) == (draft.pk, "candidate", "1.0.0")
    assert "a test of two outlets" in (Path(release.folder) / "README.md").read_text()


def test_make_release_refuses_items_nobody_qualified_judged(tmp_path):
    approve(waiting_triple("GB", 1), dict.fromkeys(annotators(), "valid"))
    Vote.objects.update(qualification=None)
    with pytest.raises(GateError, match="all_qualified of gb/quoted"):
        make_release(name="unqualified", output=tmp_path)


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


def test_publish_release_takes_only_the_folder_that_was_written(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="out", output=tmp_path)
    changed = Path(release.folder) / "data" / "gb" / "quoted.jsonl"
    before = changed.read_bytes()
    changed.chmod(0o644)
    changed.write_bytes(before.replace(b"park", b"dark"))
    with pytest.raises(UnverifiedError, match=r"data/gb/quoted\.jsonl"):
        publish_release(release=release, actor_name="test")
    changed.write_bytes(before)
    publish_release(release=release, actor_name="test")
    assert (release.status, release.published_at is not None) == ("published", True)
    assert list(Release.objects.published()) == [release]


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


def test_make_release_says_when_a_slice_has_nothing_left(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(nations=("FR", "GB"), gates=Gates(min_items=1))
    with pytest.raises(GateError, match="min_items of fr/official is 0, limit 1: 1 of 1 items are missing"):
        make_release(name="hole", recipe=recipe, output=tmp_path)


def test_make_release_excerpts_of_an_article_stay_below_half_of_it(tmp_path):
    texts = [f"The council must protect park {n}." for n in range(8)]
    document = factories.DocumentFactory(nation=factories.nation("GB"), text=" ".join(texts))
    for n in range(8):
        approve(waiting_triple("GB", n, document=document))
    release = make_release(name="half", output=tmp_path)
    told = sum(len(item.told.evidence) for item in release.items.all())
    assert 0 < told <= len(document.text) / 2
    assert release.told.facts["left_out"]["excerpts"] == 8 - release.items.count()


def test_make_release_card_has_no_blank_field(tmp_path):
    approved_corpus(per_slice=1)
    card = read_folder(make_release(name="card", output=tmp_path).folder)["README.md"].decode()
    _, header, body = card.split("---\n", 2)
    metadata = yaml.safe_load(header)

    def blanks(value: object, path: str = "") -> list[str]:
        if isinstance(value, dict):
            return [blank for key, inner in value.items() for blank in blanks(inner, f"{path}.{key}")]
        if isinstance(value, list) and value:
            return [blank for place, inner in enumerate(value) for blank in blanks(inner, f"{path}[{place}]")]
        return [path] if value in (None, "", [], {}) else []

    assert blanks(metadata) == []
    assert metadata["language"] == ["de", "en", "fr", "zh"]
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in body.split("\n## ")[1:]}
    assert [title for title, text in sections.items() if not text] == []
    assert "|  |" not in body
    assert "| France (FR) | quoted | 1 | 1 | 0 | 2024 |" in sections["Contents"]
    assert sections["Annotators and agreement"].splitlines()[:2] == [
        "Annotators of the evaluation items (pseudonymous): 2. Votes on them: 18.",
        "Raw agreement: 1.000 of the vote pairs on 9 items with two votes or more.",
    ]


def test_make_release_card_says_why_agreement_is_missing(tmp_path):
    approve(waiting_triple("GB", 1))
    card = read_folder(make_release(name="alone", output=tmp_path).folder)["README.md"].decode()
    assert "Agreement on them is not computable, for it needs two votes on an item." in card


def test_release_moves_only_by_the_table(tmp_path):
    approve(waiting_triple("GB", 1))
    release = make_release(name="moves", output=tmp_path)
    curator = factories.user(group="curator")
    withdraw_release(release=release, reason="wrong licence", actor=curator)
    assert release.status == ReleaseStatus.WITHDRAWN
    with pytest.raises(IllegalMoveError):
        move_release(release, ReleaseStatus.CANDIDATE, actor=curator)
    moves = [("candidate", "withdrawn"), ("draft", "candidate")]
    assert list(release.events.values_list("old", "new")) == moves


def test_make_release_command_prints_one_last_json_line(tmp_path):
    approve(waiting_triple("GB", 1))
    out = StringIO()
    call_command("make_release", "cli", "--output", str(tmp_path), "--json", stdout=out)
    release = Release.objects.get()
    assert json.loads(out.getvalue().splitlines()[-1]) == {
        "name": "cli",
        "version": "1.0.0",
        "status": "candidate",
        "items": 1,
        "slices": {"GB/quoted": 1},
        "parts": {"evaluation": 1},
        "digest": release.digest,
        "folder": str(tmp_path / "cli-1.0.0"),
        "left_out": {},
        "held_back_without_gold": 0,
        "choice_only": {"en": {"accuracy": 0.5, "low": 0.0, "high": 1.0, "items": 1}},  # too few to tell
    }


def test_make_release_command_reports_errors(tmp_path):
    with pytest.raises(CommandError, match="0 approved triples; no valid triple waits either"):
        call_command("make_release", "cli", "--output", str(tmp_path))


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
