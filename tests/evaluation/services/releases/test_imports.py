"""A release folder of another installation is taken in to the byte, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation
from evaluation.models import Origin, Release, ReleaseItem
from evaluation.publishing.files import files_of
from evaluation.publishing.recipe import Recipe
from evaluation.services.releases.make import make_release
from evaluation.services.releases.rebuild import rebuild_release
from evaluation.services.releases.statuses import publish_release
from tests.evaluation.gold import approved_corpus

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign(tmp_path) -> Path:
    """A folder, of a release this database knows nothing of any more."""
    approved_corpus(per_slice=4)
    recipe = Recipe(holdout_share=0.2, preference_share=0.3)
    release = make_release(name="theirs", recipe=recipe, output=tmp_path / "made")
    folder = tmp_path / "arrived"
    shutil.copytree(release.folder, folder)
    ReleaseItem.objects.all().delete()
    release.delete()
    return folder


def forget_everything() -> None:
    """As on an installation that has none of these records, nations neither."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            if name.startswith("annotation_"):
                cursor.execute(f"delete from {connection.ops.quote_name(name)}")


def run_command(*arguments: str) -> dict:
    out = StringIO()
    call_command("import_release", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def contents(folder: str | Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files_of(Path(folder)).items()}


def test_import_stores_the_folder_to_the_byte(foreign, tmp_path):
    told = run_command(str(foreign), "--name", "mine", "--output", str(tmp_path / "here"))

    release = Release.objects.get()
    assert (release.label, release.status, release.origin) == ("mine@1.0.0", "candidate", Origin.INSTALLATION)
    assert (told["name"], told["version"], told["new_nations"]) == ("mine", "1.0.0", [])
    assert told["folder"] == str(tmp_path / "here" / "mine-1.0.0")
    assert contents(release.folder) == contents(foreign)
    rebuilt = rebuild_release(release=release, output=tmp_path / "again")
    assert (rebuilt.is_equal, rebuilt.digest) == (True, release.digest)
    assert contents(rebuilt.folder) == contents(foreign)
    manifest = json.loads((foreign / "release.json").read_text())
    assert sum(manifest["counts"].values()) == release.items.evaluated().count()
    assert manifest["preferences"] == {
        part: release.items.filter(part=part).count() for part in ("test", "train")
    }
    assert not release.items.filter(passport="").exists()
    assert release.items.filter(part="holdout").count() == 0
    publish_release(release=release, actor_name="test")
    assert release.status == ReleaseStatus.PUBLISHED


def test_import_takes_the_name_of_the_folder_and_refuses_it_twice(foreign, tmp_path):
    run_command(str(foreign), "--output", str(tmp_path / "here"))
    with pytest.raises(CommandError, match=r"Release theirs@1\.0\.0 is here already; give another --name"):
        run_command(str(foreign), "--output", str(tmp_path / "there"))
    with pytest.raises(CommandError, match="name 'No Spaces': Small letters"):
        run_command(str(foreign), "--name", "No Spaces")


def test_import_refuses_a_folder_that_does_not_verify(foreign, tmp_path):
    path = foreign / "data/gb/quoted.jsonl"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"must protect", b"must destroy"))
    with pytest.raises(
        CommandError, match=r"does not verify, so nothing was imported: \d+ findings: .*quoted"
    ):
        run_command(str(foreign), "--output", str(tmp_path / "here"))
    assert not Release.objects.exists()
    assert not list((tmp_path / "here").glob("*"))


def test_import_refuses_links_and_what_is_no_folder(foreign, tmp_path):
    (foreign / "extra.md").symlink_to("/etc/hostname")
    with pytest.raises(CommandError, match=r"extra\.md is a link; a release folder has only files"):
        run_command(str(foreign))
    with pytest.raises(CommandError, match="nowhere does not exist"):
        run_command(str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match=r"is not a folder; give the folder that has release\.json"):
        run_command(str(foreign / "README.md"), "--source", "folder")


@pytest.mark.parametrize("name", ["data/gb/quoted.jsonl", "release.json", "checksums.sha256"])
def test_import_waits_for_no_pipe_in_place_of_a_file(foreign, tmp_path, name):
    (foreign / name).unlink()
    os.mkfifo(foreign / name)

    with pytest.raises(CommandError, match=rf"does not verify.* {name}: is neither a file nor a folder"):
        run_command(str(foreign), "--source", "folder", "--output", str(tmp_path / "here"))
    assert not Release.objects.exists()
    assert not (tmp_path / "here").exists()


def test_import_asks_for_nations_that_are_not_here_or_makes_them(foreign, tmp_path):
    forget_everything()
    with pytest.raises(CommandError, match="Unknown nation CN, DE, FR, GB, US: add the row in the admin"):
        run_command(str(foreign), "--output", str(tmp_path / "here"))
    assert not Release.objects.exists()

    told = run_command(str(foreign), "--output", str(tmp_path / "here"), "--add-nations")

    assert told["new_nations"] == ["CN", "DE", "FR", "GB", "US"]
    assert list(Nation.objects.order_by("code").values_list("code", "name", "languages", "script")) == [
        ("CN", "China", ["zh"], "Hani"),
        ("DE", "Germany", ["de"], "Latn"),
        ("FR", "France", ["fr"], "Latn"),
        ("GB", "United Kingdom", ["en"], "Latn"),
        ("US", "United States", ["en"], "Latn"),
    ]
    assert rebuild_release(release=Release.objects.get()).is_equal
