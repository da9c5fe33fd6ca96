from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from evaluation.publishing.files import (
    checksum_file,
    digest_of_folder,
    files_of,
    lines,
    publish_folder,
    read_checksums,
    whole,
    write_temporary,
)


def some_files() -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "data/a.jsonl", lines({"n": n} for n in range(1200))
    yield "README.md", whole("é\n".encode())


def test_write_temporary_gives_read_only_files_and_the_digest_of_their_checksums(tmp_path: Path) -> None:
    folder, digest = write_temporary(some_files(), tmp_path / "out", "canary")

    found = files_of(folder)
    sums = found["checksums.sha256"].read_bytes()
    assert sorted(found) == ["README.md", "checksums.sha256", "data/a.jsonl"]
    assert {path.stat().st_mode & 0o777 for path in found.values()} == {0o444}
    assert digest == sha256(sums).hexdigest()
    assert sums.startswith(b"# canary\n")
    assert read_checksums(sums) == {
        path: sha256(found[path].read_bytes()).hexdigest() for path in ("README.md", "data/a.jsonl")
    }
    assert found["data/a.jsonl"].read_bytes().count(b"\n") == 1200


def test_write_temporary_leaves_nothing_behind_when_a_format_fails(tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[str, Iterator[bytes]]]:
        yield "a", whole(b"a")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_temporary(failing(), tmp_path, "canary")

    assert list(tmp_path.iterdir()) == []


def test_publish_folder_never_overwrites(tmp_path: Path) -> None:
    folder, _ = write_temporary(some_files(), tmp_path, "canary")
    (tmp_path / "taken").mkdir()

    with pytest.raises(FileExistsError, match="a release is never overwritten"):
        publish_folder(folder, tmp_path / "taken")
    publish_folder(folder, tmp_path / "free")

    assert (tmp_path / "free" / "README.md").read_text("utf-8") == "é\n"


def test_the_digest_of_a_folder_is_that_of_its_checksum_file_and_of_nothing_else(tmp_path: Path) -> None:
    folder, digest = write_temporary(some_files(), tmp_path, "canary")
    sums = folder / "checksums.sha256"
    assert digest_of_folder(folder) == digest

    sums.rename(tmp_path / "elsewhere")
    assert digest_of_folder(folder) == ""
    sums.symlink_to(tmp_path / "elsewhere")
    assert digest_of_folder(folder) == ""
    assert sorted(files_of(folder)) == ["README.md", "data/a.jsonl"]
    sums.unlink()
    os.mkfifo(sums)
    assert digest_of_folder(folder) == ""


@pytest.mark.parametrize("line", ["abc  path", f"{'a' * 64} path", f"{'a' * 64}  "])
def test_read_checksums_names_a_line_that_is_none(line: str) -> None:
    content = checksum_file({"a": "0" * 64}, "canary") + f"{line}\n".encode()

    with pytest.raises(ValueError, match=r"checksums\.sha256, line 3"):
        read_checksums(content)
