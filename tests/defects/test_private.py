"""Nothing private stands in what is published: no path of anybody's machine, no key to an account.

The defect: the paths of the author's machine are written into the code, and so is an access token.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
PRIVATE: dict[str, str] = {
    "home of a person": r"/home/[a-z][\w.-]*/|/Users/[A-Za-z][\w.-]*/|[A-Z]:\\+Users\\+\w+|/root/\w",
    "key of Hugging Face": r"\bhf_[A-Za-z0-9]{20,}",
    "key of a model's endpoint": r"\bsk-[A-Za-z0-9_-]{20,}",
    "key of a code host": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})",
    "key of a cloud": r"\b(?:AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35})\b",
    "key of a chat": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "long secret in quotes": r"(?i)(?:token|secret|key|password)\w*[\"']?\s*[=:]\s*[\"'](?=\w*\d)\w{32,}",
}
# In recorded answers a field named key holds the id of an item, 32 hexadecimal digits, beside its protocol.
ITEM_KEY = re.compile(r'"protocol":"[a-z_]+","key":"[0-9a-f]{32}"')
NOT_OURS = {".git", "var", "__pycache__", "staticfiles", "node_modules"}


def published(root: Path) -> list[Path]:
    """Files under version control below ``root``; where there is none, all but what is made on the spot."""
    asked = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
    if asked.returncode == 0 and asked.stdout:
        return [root / name for name in asked.stdout.decode().split("\0") if name]
    return [
        path
        for path in sorted(root.rglob("*"))
        if not NOT_OURS.intersection(path.relative_to(root).parts) and not path.name.endswith(".pyc")
    ]


def private(paths: Iterable[Path], root: Path) -> Iterator[str]:
    """What is private in these files, as ``path: what``."""
    patterns = {**PRIVATE, "folder it lies in": re.escape(str(root)) + r"\b"}
    for path in paths:
        if path.is_file():
            text = ITEM_KEY.sub("", path.read_bytes().decode("utf-8", "replace"))
            yield from (
                f"{path.relative_to(root)}: {what}"
                for what, found in patterns.items()
                if re.search(found, text)
            )


def test_no_published_file_holds_a_private_path_or_a_key() -> None:
    paths = published(ROOT)

    assert {ROOT / name for name in ("README.md", "manage.py", "pipeline/flow.py")} <= set(paths)
    assert list(private(paths, ROOT)) == []


PLANTED = {
    "home of a person": ["/home" + "/ann/data/news.json", "/Users" + "/Ann/x.csv", "C:\\Users" + "\\Ann"],
    "key of Hugging Face": ["hf_" + "aB3d" * 8],
    "key of a model's endpoint": ["sk-" + "proj-" + "aB3d" * 8],
    "key of a code host": ["ghp_" + "aB3d" * 9, "github_pat_" + "aB3d" * 9],
    "key of a cloud": ["AKIA" + "AB3D" * 4],
    "key of a chat": ["xoxb-" + "1234-" * 4],
    "private key": ["-----BEGIN RSA " + "PRIVATE KEY-----"],
    "signed token": [".".join(["eyJ" + "aB3d" * 4, "eyJ" + "aB3d" * 4, "aB3d" * 4])],
    "long secret in quotes": ["ACCESS_TOKEN = '" + "aB3d" * 8 + "'"],
}


@pytest.mark.parametrize("is_tracked", [True, False], ids=["tracked", "no version control"])
@pytest.mark.parametrize("what", list(PRIVATE))
def test_what_is_private_would_be_found(what: str, is_tracked: bool, tmp_path: Path) -> None:
    for folder in ("deep", "var"):
        (tmp_path / folder).mkdir()
    for number, secret in enumerate(PLANTED[what]):
        (tmp_path / "deep" / f"{number}.py").write_text(f"import os\n\nfind({secret})\n")
    (tmp_path / "var" / "kept.txt").write_text(PLANTED[what][0])  # made on the spot, never published
    (tmp_path / "clean.py").write_text("task-force /homework/ hf_hub sk-learn token = 'short'\n")
    if is_tracked:
        for step in (["init", "-q"], ["add", "deep", "clean.py"]):
            subprocess.run(["git", "-C", str(tmp_path), *step], check=True, capture_output=True)

    found = list(private(published(tmp_path), tmp_path))

    assert found == [f"deep/{number}.py: {what}" for number in range(len(PLANTED[what]))]


@settings(deadline=None)
@given(st.text(max_size=30), st.from_regex(r"[a-z][a-z0-9_.-]{0,12}", fullmatch=True), st.text(max_size=30))
def test_home_of_anybody_would_be_found_in_any_line(before: str, person: str, after: str) -> None:
    assert re.search(PRIVATE["home of a person"], f"{before}/home/{person}/{after}")
