"""Databases from before there were qualifications come along with all their rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("annotation", "0006_topic_identity_help")]


@pytest.fixture
def newest(transactional_db):
    """Brings the database to the newest state; also after the test, whatever happened in it."""

    def migrate(targets=None):
        executor = MigrationExecutor(connection)
        executor.migrate(targets or executor.loader.graph.leaf_nodes())
        return (
            MigrationExecutor(connection)
            .loader.project_state(targets or executor.loader.graph.leaf_nodes())
            .apps
        )

    yield migrate
    migrate()


def old_rows(apps):
    """A person with an account, a project, votes on an audited and on another question, old policies."""
    model = {name: apps.get_model("annotation", name) for name in (
        "Nation", "Person", "Policy", "StudioProject", "Outlet", "Source", "Document", "Statement",
        "Triple", "Decision", "Review", "Vote",
    )}  # fmt: skip
    users = apps.get_model("auth", "User").objects
    ann, bob = users.create(username="ann@example.org"), users.create(username="bob@example.org")
    nation, _ = model["Nation"].objects.get_or_create(
        code="GB", defaults={"name": "United Kingdom", "languages": ["en"], "script": "Latn"}
    )
    model["Person"].objects.create(user=ann, studio_user_id=7)
    model["Person"].objects.create(user=bob)
    model["Policy"].objects.create(nation=nation, kind="triple", threshold=1.1, votes_required=5)
    project = model["StudioProject"].objects.create(
        nation=nation, kind="triple", remote_id=3, title="GB triple", config_digest="0" * 64
    )
    source = model["Source"].objects.create(name="s.jsonl", format="jsonl", digest="0" * 64)
    document = model["Document"].objects.create(
        source=source, position=1, row_key="r", nation=nation, language="en", title="t",
        text="We must.", text_digest="0" * 32, published="2024-05-01", date_precision="day",
    )  # fmt: skip
    for number, is_audit in ((1, True), (2, False)):
        statement = model["Statement"].objects.create(
            document=document, nation=nation, text="We must.", language="en", span_start=number,
            span_end=number + 3, confidence=0.5, source_type="unknown", status="candidate",
        )  # fmt: skip
        triple = model["Triple"].objects.create(
            statement=statement, nation=nation, question="Must we?", reversed_statement="We need not.",
            language="en", confidence=0.5, checks={},
        )  # fmt: skip
        decision = model["Decision"].objects.create(
            kind="triple", nation=nation, triple=triple, label="valid", confidence=0.5,
            judge_type="rules", judge="rules-1", status="settled" if is_audit else "asked",
            is_audit=is_audit,
        )  # fmt: skip
        review = model["Review"].objects.create(
            decision=decision, nation=nation, project=project, kind="triple", key=f"{number:032x}",
            remote_task_id=number, votes_required=2, status="pushed",
        )  # fmt: skip
        model["Vote"].objects.create(
            review=review, annotator=ann, label="valid", remote_annotation_id=number,
            remote_updated_at="2026-01-01T00:00:00Z",
        )  # fmt: skip


def test_rows_from_before_come_along(newest):
    old_rows(newest(BEFORE))

    apps = newest()

    people = apps.get_model("annotation", "Person").objects.order_by("user__username")
    assert len({person.pseudonym for person in people if len(person.pseudonym) == 12}) == 2
    [server] = apps.get_model("annotation", "StudioServer").objects.all()
    accounts = apps.get_model("annotation", "StudioAccount").objects.values_list(
        "person__user__username", "server", "installation", "remote_id", "address"
    )
    assert list(accounts) == [("ann@example.org", server.pk, server.installation, 7, "ann@example.org")]
    assert apps.get_model("annotation", "StudioProject").objects.get().server == server
    policy = apps.get_model("annotation", "Policy").objects.get(nation="GB")
    assert (policy.votes_required, policy.max_votes, policy.consensus, policy.error_budget) == (
        5,
        5,
        "majority",
        0.05,
    )
    reviews = apps.get_model("annotation", "Review").objects.order_by("pk").values_list("purpose", flat=True)
    assert list(reviews) == ["audit", "question"]
    votes = apps.get_model("annotation", "Vote").objects.all()
    assert {(v.blind_label, v.qualification_id, v.revealed_at == v.created_at) for v in votes} == {
        ("", None, True)
    }
    group = apps.get_model("auth", "Group").objects.get(name="curator")
    assert group.permissions.filter(codename="change_qualification").count() == 1
