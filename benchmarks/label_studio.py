"""How fast tasks reach Label Studio and votes come back, against Label Studio's own endpoints in one run.

python -m benchmarks.label_studio [--tasks N] [--rounds R] [--json]

Starts a real Label Studio and a database of its own. Push: tasks with pre-annotations through its import
endpoint, by a bare client in batches of 1 000, and by ``push_reviews``, by turns. Pull: annotated tasks
through its JSON export and its list of tasks, by a bare client that reads the JSON, and by a full
``pull_reviews`` that writes every vote down. Prints the rates and ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

BATCH = 1000


def _settings(folder: Path) -> None:
    """Django with a database of its own, in a folder that ends with us."""
    os.environ["NAVAB_DATA_DIR"] = str(folder)
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'bench.sqlite3'}"
    os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-benchmarks")
    os.environ["DJANGO_SETTINGS_MODULE"] = "navab_site.settings"
    os.environ["NAVAB_LOG_LEVEL"] = "ERROR"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _decisions(count: int, first: int) -> list[Any]:
    """Machines' judgements of made-up triples, each about a sentence of an article of usual length."""
    from annotation.models import Decision, Document, Outlet, Source, Statement, Triple

    outlet, _ = Outlet.objects.get_or_create(nation_id="GB", name="The Bench", kind="press")
    source, _ = Source.objects.get_or_create(name="bench.jsonl", format="jsonl", digest="0" * 64)
    body = "It rained on Monday, and the councillors met in the town hall to speak about it. " * 40
    documents = Document.objects.bulk_create(
        Document(
            source=source,
            position=number,
            row_key=f"row{number}",
            nation_id="GB",
            outlet=outlet,
            language="en",
            title=f"Article {number}",
            text=f"{body[:1600]}The council must protect park number {number}. {body[:1600]}",
            text_digest=f"{number:032d}",
        )
        for number in range(first, first + count)
    )
    statements = Statement.objects.bulk_create(
        Statement(
            document=document,
            nation_id="GB",
            text=f"The council must protect park number {document.position}.",
            language="en",
            span_start=1600,
            span_end=1600 + len(f"The council must protect park number {document.position}."),
            confidence=0.7,
            source_type="quoted",
            speaker="Ann Smith",
            status="candidate",
        )
        for document in documents
    )
    triples = Triple.objects.bulk_create(
        Triple(
            statement=statement,
            nation_id="GB",
            question=f"What should the council do about park number {statement.document.position}?",
            reversed_statement=statement.text.replace("must", "need not"),
            language="en",
            confidence=0.6,
        )
        for statement in statements
    )
    return Decision.objects.bulk_create(
        Decision(
            kind="triple",
            triple=triple,
            nation_id="GB",
            label="valid",
            confidence=0.6,
            judge_type="rules",
            judge="rules-1",
            status="open",
        )
        for triple in triples
    )


def _timed(act: Callable[[], int]) -> float:
    """Items a second."""
    started = time.perf_counter()
    return act() / (time.perf_counter() - started)


class _Bench:
    def __init__(self, server: Any, tasks: int) -> None:
        import httpx
        from django.conf import settings

        from annotation.label_studio.client import StudioClient
        from annotation.models import Nation

        token = server.secrets.admin_token
        settings.LABEL_STUDIO_SERVERS = {"": (server.url, token)}
        settings.LABEL_STUDIO_WEBHOOK_SECRET = server.secrets.webhook_secret
        settings.NAVAB_PUBLIC_URL = "http://127.0.0.1:9"
        self.client = StudioClient(server.url, token, timeout=600)
        self.http = httpx.Client(
            base_url=server.url, headers={"Authorization": f"Token {token}"}, trust_env=False, timeout=600
        )
        self.tasks, self.made = tasks, 0
        self.nation = Nation.objects.get(pk="GB")

    def bare_project(self) -> int:
        """A project like ours, for the bare client."""
        from annotation.models import ProjectKind
        from annotation.services.studio.projects import project_settings

        wanted = project_settings(self.nation, ProjectKind.TRIPLE)
        reply = self.http.post("/api/projects/", json={**wanted, "title": f"bare {time.time()}"})
        return int(reply.raise_for_status().json()["id"])

    def ask(self) -> None:
        """New decisions, queued for people."""
        from annotation.services.reviews.queue import request_reviews

        request_reviews(_decisions(self.tasks, self.made))
        self.made += self.tasks

    def bare_push(self) -> int:
        """The queued reviews' tasks through the import endpoint; their making is not timed."""
        from annotation.services.reviews.drafts import RELATED
        from annotation.services.studio.push import queued_reviews
        from annotation.services.studio.tasks import task_of

        project = self.bare_project()
        bodies = [task_of(review) for review in queued_reviews().select_related(*RELATED)[: self.tasks]]

        def send() -> int:
            made = 0
            for start in range(0, len(bodies), BATCH):
                path = f"/api/projects/{project}/import?return_task_ids=true"
                reply = self.http.post(path, json=bodies[start : start + BATCH]).raise_for_status()
                made += len(reply.json()["task_ids"])
            return made

        self.rate = _timed(send)
        self.http.delete(f"/api/projects/{project}/").raise_for_status()
        return len(bodies)

    def our_push(self) -> float:
        """Tasks a second of ``push_reviews``."""
        from annotation.services.studio.push import push_reviews

        def send() -> int:
            summary = push_reviews(client=self.client)
            if summary.problems or summary.pushed != self.tasks:
                raise RuntimeError(f"{summary.pushed} of {self.tasks} were pushed: {summary.problems[:3]}")
            return summary.pushed

        return _timed(send)

    def annotate(self) -> None:
        """An annotator takes the machine's answer over on every task, by Label Studio's own action."""
        from django.contrib.auth.models import Group, User

        from annotation.models import Person, Qualification
        from annotation.services.studio.accounts import ensure_studio_account, studio_password
        from tests.studio import _http, _token_by_login

        user = User.objects.create(username="bench@example.org")
        user.groups.add(Group.objects.get(name="annotator"))
        person, _ = Person.objects.get_or_create(user=user)
        person.nations.add(self.nation)
        Qualification.objects.create(
            person=person,
            nation=self.nation,
            score=1.0,
            passed_at="2020-01-01T00:00:00Z",
            expires_at="2100-01-01T00:00:00Z",
        )
        account = ensure_studio_account(person, client=self.client)
        password = studio_password(account.address, account.server)
        url = str(self.http.base_url).rstrip("/")
        http = _http(url, _token_by_login(url, account.address, password))
        http.timeout = 600
        body = {"ordering": [], "selectedItems": {"all": True, "excluded": []}}
        path = f"/api/dm/actions?id=predictions_to_annotations&project={self.project_id}"
        http.post(path, json=body).raise_for_status()

    @property
    def project_id(self) -> int:
        """Our project's id there."""
        from annotation.models import StudioProject

        return StudioProject.objects.get(nation="GB", kind="triple").remote_id

    def export(self) -> int:
        """All annotated tasks through the JSON export."""
        reply = self.http.get(f"/api/projects/{self.project_id}/export", params={"exportType": "JSON"})
        return len(reply.raise_for_status().json())

    def listing(self) -> int:
        """All tasks with their annotations through the list of tasks, in its largest pages."""
        read, page = 0, 1
        while True:
            params: dict[str, Any] = {"project": self.project_id, "fields": "all", "page": page}
            found = (
                self.http.get("/api/tasks/", params={**params, "page_size": 1000}).raise_for_status().json()
            )
            read, page = read + len(found["tasks"]), page + 1
            if read >= found["total"]:
                return read

    def our_pull(self) -> tuple[float, int]:
        """Tasks a second of a full ``pull_reviews``, and the votes there are then."""
        from annotation.models import Vote
        from annotation.services.studio.pull import pull_reviews

        def read() -> int:
            summary = pull_reviews(client=self.client, full=True)
            if summary.problems:
                raise RuntimeError(f"not all was read: {summary.problems[:3]}")
            return summary.tasks

        return _timed(read), Vote.objects.standing().count()


def measure(tasks: int, rounds: int) -> dict[str, Any]:
    """Rates of both sides, by turns; medians where there are several rounds."""
    from launcher.label_studio import LabelStudioServer
    from launcher.processes import free_port

    venv = Path(__file__).resolve().parent.parent / "var" / "label-studio" / "venv"
    with tempfile.TemporaryDirectory() as folder:
        _settings(Path(folder))
        server = LabelStudioServer(Path(folder) / "label-studio", free_port(), venv=venv)
        server.ensure_installed()
        server.start()
        try:
            server.wait_ready(300)
            return _measure(_Bench(server, tasks), tasks, rounds)
        finally:
            server.stop()


def _measure(bench: _Bench, tasks: int, rounds: int) -> dict[str, Any]:
    bare, ours = [], []
    for _ in range(rounds):
        bench.ask()
        bench.bare_push()
        bare.append(bench.rate)
        ours.append(bench.our_push())
    bench.annotate()
    export = _timed(bench.export)
    first, votes = bench.our_pull()
    again, votes_then = bench.our_pull()
    export_after = _timed(bench.export)
    listing = _timed(bench.listing)
    own = median([export, export_after])
    return {
        "tasks": tasks * rounds,
        "import_per_second": round(median(bare), 1),
        "push_per_second": round(median(ours), 1),
        "push_ratio": round(median(ours) / median(bare), 3),
        "export_per_second": round(own, 1),
        "list_per_second": round(listing, 1),
        "pull_per_second": round(first, 1),
        "pull_again_per_second": round(again, 1),
        "pull_ratio_to_export": round(first / own, 3),
        "pull_ratio_to_list": round(first / listing, 3),
        "votes": votes,
        "votes_after_second_pull": votes_then,
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_studio")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    options = parser.parse_args()
    found = measure(options.tasks, options.rounds)
    print(
        json.dumps(found) if options.json else "\n".join(f"{name}: {value}" for name, value in found.items())
    )


if __name__ == "__main__":
    main()
