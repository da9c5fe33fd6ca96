"""Ingest killed at any moment, then run again, ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.annotation.services.ingest.test_run import article, put

ROOT = Path(__file__).resolve().parents[4]
ROWS = """
select d.row_key, d.position, d.language, d.duplicate_kind, o.row_key
from annotation_document d left join annotation_document o on o.id = d.duplicate_of_id order by 1
"""
REFUSED = "select file, line, reason, excerpt from annotation_rejectedrow order by 1, 2, 3"
BANDS = """
select d.row_key, b.band
from annotation_documentband b join annotation_document d on d.id = b.document_id order by 1, 2
"""


def manage(database: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "NAVAB_DATA_DIR": str(database.parent),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )


def content(database: Path) -> list[list[tuple[object, ...]]]:
    with sqlite3.connect(database) as connection:
        return [connection.execute(query).fetchall() for query in (ROWS, REFUSED, BANDS)]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    database = tmp_path / "empty.sqlite3"
    assert manage(database, "migrate", "-v0").wait() == 0
    with sqlite3.connect(database) as connection:
        connection.execute("pragma journal_mode=delete")
        connection.execute(
            "insert or ignore into annotation_nation (code, name, aliases, languages, script)"
            " values ('GB', 'United Kingdom', '[]', '[\"en\"]', 'Latn')"
        )
    return database


def test_killed_ingest_resumes_to_the_same_rows(tmp_path: Path, empty: Path) -> None:
    rows = [article(n % 1300, id=str(n % 1400)) if n % 50 else "{broken" for n in range(2000)]
    path = put(tmp_path / "a.jsonl", rows)
    whole, cut = tmp_path / "whole.sqlite3", tmp_path / "cut.sqlite3"
    for database in (whole, cut):
        database.write_bytes(empty.read_bytes())
    assert manage(whole, "ingest", str(path), "--json").wait() == 0

    killed = manage(cut, "ingest", str(path), "--json")
    stored = 0
    while stored < 400 and killed.poll() is None:
        time.sleep(0.02)
        with sqlite3.connect(cut, timeout=30) as connection:
            stored = connection.execute("select count(*) from annotation_document").fetchone()[0]
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert len(content(cut)[0]) < len(content(whole)[0])

    resumed = manage(cut, "ingest", str(path), "--json")
    summary = json.loads(resumed.communicate()[0].splitlines()[-1])
    assert summary["known"] >= 400
    assert summary["read"] == summary["accepted"] + summary["duplicates"] + summary["rejected"] == 2000
    assert content(cut) == content(whole)
