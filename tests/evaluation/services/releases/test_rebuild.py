"""A release is written again to the byte: here, and in another database of either kind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.lifecycle import ReleaseStatus
from annotation.models import Document, Triple
from annotation.services.curation.triage import give_verdict
from evaluation.models import Release
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.services.gold.collect import collect_gold, pseudonyms
from evaluation.services.gold.passports import passports
from evaluation.services.releases.make import make_release
from evaluation.services.releases.rebuild import FileState, NotBuiltError, rebuild_release
from launcher.postgres import find_binaries, postgres_server
from tests import factories
from tests.evaluation.gold import annotators, approve, approved_corpus, waiting_triple

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[4]
BINARIES = find_binaries(Path(sys.executable))
_LEFT = ("contenttypes", "auth.permission", "sessions", "admin.logentry")


@pytest.fixture
def release(tmp_path) -> Release:
    """Five nations, four languages, all parts, a topic for each article."""
    approved_corpus(per_slice=4)
    for document in Document.objects.all():
        topic = factories.TopicFactory(nation=document.nation, keywords=["Grün", "公园", "café"])
        topic.memberships.create(document=document, strength=1.0)
    recipe = Recipe(holdout_share=0.2, preference_share=0.3, gates=Gates(all_qualified=False))
    return make_release(name="parks", recipe=recipe, output=tmp_path / "first")


def run_command(*arguments: str) -> dict:
    out = StringIO()
    call_command("rebuild_release", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_rebuild_gives_the_same_bytes(release):
    found = rebuild_release(release=release)
    assert (found.is_equal, found.differences, found.digest) == (True, {}, release.digest)


def test_rebuild_keeps_the_folder_that_is_asked_for(release, tmp_path):
    told = run_command("parks@1.0.0", "--output", str(tmp_path / "second"))
    ours, theirs = Path(release.folder), tmp_path / "second" / "parks-1.0.0"
    assert told["kept"] == str(theirs)
    assert subprocess.run(["diff", "-r", ours, theirs]).returncode == 0
    with pytest.raises(CommandError, match="exists already; choose another --output"):
        run_command("parks", "--output", str(tmp_path / "second"))


def test_rebuild_names_what_differs_in_the_folder(release):
    folder = Path(release.folder)
    for path in ("README.md", "data/gb/quoted.jsonl"):
        (folder / path).chmod(0o644)
    (folder / "README.md").write_text("other")
    (folder / "data/gb/quoted.jsonl").unlink()
    (folder / "more.txt").write_text("more")

    found = rebuild_release(release=release)

    assert found.differences == {
        "README.md": FileState.DIFFERS,
        "data/gb/quoted.jsonl": FileState.MISSING,
        "more.txt": FileState.EXTRA,
    }
    out = StringIO()
    with pytest.raises(CommandError, match=r"parks@1\.0\.0 is not what was written"):
        call_command("rebuild_release", "parks", stdout=out)
    assert "README.md: differs" in out.getvalue()


def test_rebuild_tells_of_other_rows_and_other_software(release):
    shutil.rmtree(release.folder)
    item = release.items.evaluated().order_by("key").first()
    told = json.loads(item.row)
    item.row = json.dumps({**told, "topic": "another"}, ensure_ascii=False, separators=(",", ":"))
    item.save()
    release.manifest = release.manifest.replace(release.told.software, "NaVAB 9.9")
    release.save()

    out = StringIO()
    with pytest.raises(CommandError, match="is not what was written"):
        call_command("rebuild_release", "parks", stdout=out)

    assert "Its folder is not here, so which files differ cannot be told" in out.getvalue()
    assert "It was written by NaVAB 9.9" in out.getvalue()


def test_rebuild_needs_a_release_that_was_built():
    release = Release.objects.create(name="draft", status=ReleaseStatus.DRAFT)
    with pytest.raises(NotBuiltError, match="Release draft is draft: it was never written"):
        rebuild_release(release=release)
    with pytest.raises(CommandError, match="there is no release 'other'; there are: none"):
        run_command("other")


def test_provenance_finds_a_record_that_says_something_else(release):
    assert run_command("parks")["provenance"]["altered"] == []
    triple = Triple.objects.get(pk=release.items.order_by("key").first().triple_id)
    Triple.objects.filter(pk=triple.pk).update(question="Edited?")

    out = StringIO()
    with pytest.raises(CommandError, match="and its records disagree"):
        call_command("rebuild_release", "parks", "--json", stdout=out)

    told = json.loads(out.getvalue().splitlines()[-1])
    assert told["equal"] is True
    assert told["provenance"]["altered"] == [
        {
            "id": release.items.order_by("key").first().key,
            "field": "question",
            "released": triple.question,
            "recorded": "Edited?",
        }
    ]


def test_provenance_tells_what_was_decided_since_and_fails_for_none_of_it(tmp_path):
    people = annotators(2)
    for n in range(3):
        approve(waiting_triple("GB", n), dict.fromkeys(people, "valid"))
    release = make_release(name="since", output=tmp_path)
    curator = factories.user(group="curator")
    items = {item.statement: item for item in release.items.all()}
    refused, reworded, _ = (items[f"The council must protect park {n}."] for n in range(3))
    give_verdict(refused.triple.decisions.get(status="settled"), "invalid", curator=curator)
    give_verdict(
        reworded.triple.decisions.get(status="settled"),
        "valid",
        curator=curator,
        value={"question": "And park 1?"},
    )

    provenance = run_command("since")["provenance"]

    assert (provenance["traced"], provenance["altered"]) == (3, [])
    assert {row["id"]: row["why"] for row in provenance["overtaken"]} == {
        refused.key: "its statement is candidate now",
        reworded.key: "people have worded it otherwise since",
    }


def told_anew() -> str:
    """Digest of the passports of everything gold, as the record tells them now."""
    golds = collect_gold(Recipe())
    return sha256("\n".join(passports(golds, pseudonyms(golds, "salt"))).encode()).hexdigest()


TELL = """
import django
django.setup()
from tests.evaluation.services.releases.test_rebuild import told_anew
print(told_anew())
"""


def _elsewhere(url: str, dump: Path, folder: Path) -> dict:
    """Load the dump into the empty database at ``url`` with another process, and rebuild there."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "NAVAB_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "navab_site.settings",
    }

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    python("manage.py", "migrate", "-v0")
    python("manage.py", "loaddata", "-v0", str(dump))
    kept = ("--output", str(folder / "rebuilt"))
    printed = python("manage.py", "rebuild_release", "parks", *kept, "--json")
    return {**json.loads(printed.splitlines()[-1]), "told_anew": python("-c", TELL).strip()}


def _dump(path: Path) -> Path:
    excluded = [f"--exclude={name}" for name in _LEFT]
    call_command("dumpdata", "--natural-foreign", *excluded, output=str(path), verbosity=0)
    return path


def test_rebuild_gives_the_same_bytes_in_another_sqlite_database(release, tmp_path):
    told = _elsewhere(
        f"sqlite:///{tmp_path / 'other.sqlite3'}", _dump(tmp_path / "dump.json"), tmp_path / "other"
    )
    assert (told["equal"], told["digest"]) == (True, release.digest)
    assert told["told_anew"] == told_anew()
    rebuilt = tmp_path / "other" / "rebuilt" / "parks-1.0.0"
    assert subprocess.run(["diff", "-r", release.folder, rebuilt]).returncode == 0


def test_rebuild_gives_the_same_bytes_on_postgresql(release, tmp_path):
    dump = _dump(tmp_path / "dump.json")
    with postgres_server(BINARIES) as url:
        told = _elsewhere(url, dump, tmp_path / "other")
    assert (told["equal"], told["digest"], told["provenance"]["altered"]) == (True, release.digest, [])
    assert told["told_anew"] == told_anew()
    rebuilt = tmp_path / "other" / "rebuilt" / "parks-1.0.0"
    assert subprocess.run(["diff", "-r", release.folder, rebuilt]).returncode == 0
