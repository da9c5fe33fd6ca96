"""The folder of a release, handed out as one file."""

from __future__ import annotations

import hashlib
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.evaluation.views.releases.pages import LABEL, page, person

pytestmark = pytest.mark.django_db


def test_folder_arrives_whole_and_verifies_and_holds_nothing_else(client, release, tmp_path):
    stray = tmp_path / "harbour-1.2.0" / "notes.txt"
    stray.write_text("not of the release")
    client.force_login(person("operator"))

    response = page(client, "release-folder", LABEL)
    data = response.getvalue()

    assert response["Content-Disposition"] == 'attachment; filename="harbour-1.2.0.zip"'
    with ZipFile(BytesIO(data)) as archive:
        files = {name.removeprefix("harbour-1.2.0/"): archive.read(name) for name in archive.namelist()}
    assert sorted(files) == ["README.md", "checksums.sha256", "data/gb/quoted.jsonl"]
    assert hashlib.sha256(files["checksums.sha256"]).hexdigest() == release.digest
    lines = files["checksums.sha256"].decode().splitlines()[1:]
    assert [line.split("  ")[0] for line in lines] == [
        hashlib.sha256(files[line.split("  ")[1]]).hexdigest() for line in lines
    ]


def test_folder_is_streamed_in_pieces_and_always_the_same(client, release):
    client.force_login(person("operator"))

    pieces = list(page(client, "release-folder", LABEL).streaming_content)

    assert len(pieces) >= 4
    assert max(map(len, pieces)) < 300_000
    assert b"".join(pieces) == page(client, "release-folder", LABEL).getvalue()


@pytest.mark.parametrize("harm", ["checksums", "file", "folder"])
def test_folder_that_is_not_what_was_written_is_not_handed_out(client, release, tmp_path, harm):
    folder = tmp_path / "harbour-1.2.0"
    if harm == "checksums":
        (folder / "checksums.sha256").chmod(0o644)
        (folder / "checksums.sha256").write_text("other")
    elif harm == "file":
        (folder / "README.md").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    client.force_login(person("operator"))

    response = page(client, "release-folder", LABEL)

    assert response.status_code == 409
    assert "rebuild_release harbour@1.2.0" in response.content.decode()
