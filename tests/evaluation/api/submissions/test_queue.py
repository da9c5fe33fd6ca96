"""Records of many answers wait in the queue: checked at once, scored by a command, lost by no crash."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from annotation.services.locks import one_at_a_time
from evaluation.models import Answer, CandidateModel, EvalRun, Submission, SubmittedRecord
from evaluation.services.runs import submissions, submitted_records
from tests.evaluation.api.submissions.handing_in import PLACE, handed_in, lines, queued

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def _every_record_is_large(request, monkeypatch):
    monkeypatch.setattr(submissions, "AT_ONCE", 3)  # the release has 4 items


def ran(*arguments: str) -> str:
    out = StringIO()
    call_command("run_submissions", *arguments, stdout=out)
    return out.getvalue()


def test_many_answers_are_accepted_and_scored_by_the_command(researcher, release):
    response = handed_in(researcher, lines(release))
    told = response.json()
    assert (response.status_code, told["status"], told["run"], told["result"]) == (202, "queued", None, None)
    assert EvalRun.objects.count() == 0
    listed = ran("--list")
    assert listed == f"{told['id']}: mine by letters on demo@1.0.0, recorded answers\n"
    assert ran("--records") == f"{listed.strip()}: finished\n"
    told = researcher.get(response.headers["Location"]).json()
    rows = {(row["nation"], row["source_type"]): row for row in told["result"]["summary"]}
    assert (told["status"], rows["GB", "all"]["items"], rows["GB", "all"]["flip_rate"]) == (
        "finished",
        2,
        1.0,
    )
    assert SubmittedRecord.objects.count() == 0
    assert ran() == "Nothing is queued.\n"


def test_a_record_with_gaps_is_refused_at_once(researcher, release):
    response = handed_in(researcher, lines(release)[:-2])
    assert response.status_code == 400
    (said,) = response.json()["answers"]
    assert said.startswith("2 answers are missing or cannot be read: no recorded answer for letters|")
    assert (Submission.objects.count(), SubmittedRecord.objects.count()) == (0, 0)


def test_a_record_whose_answers_cannot_be_used_fails_with_the_reason_and_leaves_no_run(researcher, release):
    rows = lines(release)
    rows[1]["prompt_digest"] = "0" * 32
    made = handed_in(researcher, rows).json()["id"]
    for arguments, says in (
        ((), "1 answers are missing or cannot be read: the recorded answer for letters|"),
        ((str(made), "--again"), "its record is gone; hand it in again"),
    ):
        ran(*arguments)
        told = researcher.get(f"{PLACE}{made}/").json()
        assert (told["status"], told["run"]) == ("failed", None)
        assert told["error"].startswith(says)
    assert (EvalRun.objects.count(), CandidateModel.objects.count(), SubmittedRecord.objects.count()) == (
        0,
        0,
        0,
    )


def test_a_crash_keeps_the_record_so_that_it_can_be_scored_again(researcher, release, monkeypatch):
    made = handed_in(researcher, lines(release)).json()["id"]
    with monkeypatch.context() as patch:
        patch.setattr(
            submitted_records, "evaluate", lambda **_: (_ for _ in ()).throw(MemoryError("no room"))
        )
        ran()
    failed = Submission.objects.get()
    assert (failed.status, failed.error) == (
        "failed",
        "crashed by MemoryError: no room; put it in the queue again",
    )
    assert EvalRun.objects.count() == 0
    ran(str(made), "--again")
    failed.refresh_from_db()
    assert (failed.status, failed.error, Answer.objects.count()) == ("finished", "", 8)


def test_what_another_process_scores_is_left_to_it_and_taken_up_once_that_is_gone(researcher, release):
    made = handed_in(researcher, lines(release)).json()["id"]
    Submission.objects.update(status="running")
    with one_at_a_time(f"submission-{made}"):
        assert ran().endswith("recorded answers: running\n")
    assert EvalRun.objects.count() == 0
    assert ran("--list").endswith("recorded answers (running, or cut off)\n")
    assert ran().endswith("recorded answers: finished\n")


def test_only_records_are_scored_where_only_they_are_asked_for(researcher, release, settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    queued(researcher, "http://127.0.0.1:9/v1", model="behind-an-endpoint")
    handed_in(researcher, lines(release))
    ran("--records")
    assert dict(Submission.objects.values_list("model", "status")) == {
        "behind-an-endpoint": "queued",
        "mine": "finished",
    }


HAND_IN_AND_RUN = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from evaluation.models import ProtocolKind
from evaluation.services.runs import submissions
from tests import factories
from tests.evaluation.api.submissions.handing_in import lines
from tests.evaluation.scored import scored_release
call_command("migrate", verbosity=0)
release, person = scored_release(1500), factories.user(group="researcher")
answers = "\\n".join(json.dumps(line) for line in lines(release)).encode()
if sys.argv[1] == "queue":
    submissions.AT_ONCE = 1
submissions.submit_answers(
    person=person, release=release, model="mine", protocol=ProtocolKind.LETTERS, answers=answers
)
call_command("run_submissions")
"""


def read(database: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of a database that another process may be making."""
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # no such table yet
            return []


@pytest.mark.parametrize("scored", ["queue", "at once"])
def test_a_process_killed_while_it_scores_a_record_loses_nothing(tmp_path, scored):
    database = tmp_path / "killed.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "NAVAB_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "navab_site.settings",
    }

    def python(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        )

    first = python("-c", HAND_IN_AND_RUN, scored)
    while not read(database, "SELECT 1 FROM evaluation_answer LIMIT 1"):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert read(database, "SELECT status FROM evaluation_submission") == [("running",)]
    kept = len(read(database, "SELECT 1 FROM evaluation_answer"))
    printed, _ = python("manage.py", "run_submissions", "--records").communicate(timeout=300)
    assert printed.decode().endswith("recorded answers: finished\n")
    assert kept < 3000
    assert read(database, "SELECT status, error FROM evaluation_submission") == [("finished", "")]
    assert read(database, 'SELECT count(*), count(DISTINCT item_id || "order") FROM evaluation_answer') == [
        (3000, 3000)
    ]
    assert read(database, "SELECT status FROM evaluation_evalrun") == [("finished",)]
    assert read(database, "SELECT 1 FROM evaluation_submittedrecord") == []
