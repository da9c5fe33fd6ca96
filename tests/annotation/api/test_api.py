"""The read-only interface."""

import pytest

from tests import factories
from tests.queries import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(factories.user(group="operator"))
    return client


def test_documents_give_their_text_one_at_a_time(reader):
    document = factories.DocumentFactory()

    listed = reader.get("/api/documents/").json()["results"][0]
    single = reader.get(f"/api/documents/{document.pk}/").json()

    assert "text" not in listed
    assert single["text"] == document.text
    assert {**listed, "text": document.text} == single


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("statements", {"status": "approved"}, 1),
        ("statements", {"status": "candidate"}, 2),
        ("statements", {"nation": "FR"}, 1),
        ("triples", {"status": "approved"}, 1),
        ("triples", {"status": "rejected"}, 0),
        ("decisions", {"kind": "triple"}, 1),
        ("decisions", {"kind": "conflict"}, 0),
        ("decisions", {"status": "open"}, 1),
    ],
)
def test_filters(reader, path, query, expected):
    approved = factories.StatementFactory(status="approved")
    factories.DecisionFactory(triple=factories.TripleFactory(statement=approved))
    factories.StatementFactory()
    factories.StatementFactory(document=factories.DocumentFactory(nation=factories.nation("FR")))

    results = reader.get(f"/api/{path}/", query).json()["results"]

    assert len(results) == expected


def test_conflicts_filter_by_kind(reader):
    factories.ConflictFactory()

    counts = [
        len(reader.get("/api/conflicts/", {"kind": kind}).json()["results"])
        for kind in ("contradiction", "duplicate")
    ]

    assert counts == [1, 0]


def test_lists_come_in_portions_without_a_count(reader):
    for _ in range(3):
        factories.StatementFactory()

    first = reader.get("/api/statements/", {"limit": 2}).json()
    second = reader.get(first["next"]).json()

    assert first.keys() == {"next", "previous", "results"}
    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize("path", ["documents", "statements", "triples", "decisions", "conflicts", "topics"])
def test_queries_do_not_grow_with_rows(reader, path):
    def queries_after(rows):
        for _ in range(rows):
            decision = factories.DecisionFactory()
            factories.ConflictFactory(first=decision.triple.statement)
            factories.TopicFactory()
        return queries(reader, f"/api/{path}/")

    assert queries_after(1) == queries_after(2)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_even_by_superusers(client, method):
    client.force_login(factories.user(is_superuser=True))
    statement = factories.StatementFactory()

    assert getattr(client, method)(f"/api/statements/{statement.pk}/").status_code == 405


def test_interface_needs_a_login(client):
    statuses = {path: client.get(f"/api/{path}/").status_code for path in ("nations", "documents", "schema")}

    assert statuses == dict.fromkeys(statuses, 403)


def test_releases_are_listed_with_items_of_own_nations(client):
    from evaluation.models import Release, ReleaseItem

    release = Release.objects.create(
        name="r1", version="1.0.0", status="candidate", digest="d", frozen_at="2026-01-01T00:00:00Z"
    )
    for code in ("FR", "DE"):
        statement = factories.StatementFactory(
            document=factories.DocumentFactory(nation=factories.nation(code))
        )
        ReleaseItem.objects.create(
            release=release,
            triple=factories.TripleFactory(statement=statement),
            nation_id=code,
            key=code,
            source_type="quoted",
            language="en",
            question="Q?",
            statement="S",
            reversed_statement="RS",
            article_key=code,
        )
    client.force_login(factories.user(group="researcher", nations=("FR",)))

    releases = client.get("/api/releases/").json()["results"]
    items = client.get("/api/release-items/", {"release": "r1"}).json()["results"]

    assert [row["name"] for row in releases] == ["r1"]
    assert [row["nation"] for row in items] == ["FR"]


def test_schema_names_every_path(reader):
    schema = reader.get("/api/schema/", {"format": "json"}).content.decode()

    missing = [
        path
        for path in (
            "nations",
            "documents",
            "topics",
            "statements",
            "conflicts",
            "triples",
            "decisions",
            "releases",
        )
        if f"/api/{path}/" not in schema
    ]
    assert missing == []
