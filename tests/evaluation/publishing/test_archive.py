"""A folder as one streamed ZIP file, at any sizes of files."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.publishing.archive import ArchiveError, zip_folder
from evaluation.publishing.files import publish_folder, whole, write_temporary

_NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6}\.jsonl)", fullmatch=True)


def written(parent, files):
    temporary, digest = write_temporary(
        ((name, whole(data)) for name, data in files.items()), parent, "canary"
    )
    publish_folder(temporary, parent / "r-1.0.0")
    return parent / "r-1.0.0", digest


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(_NAMES, st.binary(max_size=2000) | st.just(b"x" * 600_000), min_size=1, max_size=5))
def test_zip_gives_back_every_file_under_the_folders_name(tmp_path_factory, files):
    folder, digest = written(tmp_path_factory.mktemp("zip"), files)

    data = b"".join(zip_folder(folder, digest))

    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    sums = found.pop("r-1.0.0/checksums.sha256")
    assert found == {f"r-1.0.0/{name}": content for name, content in files.items()}
    assert sums == (folder / "checksums.sha256").read_bytes()


def test_zip_holds_one_piece_of_a_file_in_memory(tmp_path):
    folder, digest = written(tmp_path, {"a/b.jsonl": b"x" * 3_000_000})

    pieces = list(zip_folder(folder, digest))

    assert max(map(len, pieces)) < 300_000


def test_zip_refuses_at_once_what_was_not_written(tmp_path):
    folder, digest = written(tmp_path, {"a/b.jsonl": b"x"})

    with pytest.raises(ArchiveError, match="is not the file that was written"):
        zip_folder(folder, "0" * 64)
    (folder / "a" / "b.jsonl").unlink()
    with pytest.raises(ArchiveError, match=r"lacks a/b\.jsonl"):
        zip_folder(folder, digest)
    with pytest.raises(ArchiveError, match="nowhere is not on this server"):
        zip_folder(tmp_path / "nowhere", digest)
