"""Nobody reaches another nation's rows: by list, page, action, autocompletion, related list or interface."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from annotation.models import Conflict, Decision, Document, Policy, Review, Statement, Topic, Triple, Vote
from tests import factories

pytestmark = pytest.mark.django_db

TABLES = ["document", "topic", "statement", "conflict", "triple", "decision", "review", "event", "derivation"]
INTERFACE = {
    "nations": "code",
    "documents": "nation",
    "topics": "nation",
    "statements": "nation",
    "conflicts": "nation",
    "triples": "nation",
    "decisions": "nation",
}


def rows_of(code):
    """One row of every table of a nation, by table name."""
    nation = factories.nation(code)
    document = factories.DocumentFactory(nation=nation)
    statement = factories.StatementFactory(document=document)
    other = factories.StatementFactory(document=factories.DocumentFactory(nation=nation))
    conflict = factories.ConflictFactory(first=statement, second=other)
    triple = factories.TripleFactory(statement=statement)
    decision = factories.DecisionFactory(triple=triple)
    review = factories.ReviewFactory(decision=decision)
    run = factories.RunFactory(nation=nation)
    event = statement.events.create(nation=nation, old="a", new="b", actor_name="x")
    vote = Vote.objects.create(
        review=review,
        annotator=factories.user(),
        label="valid",
        remote_annotation_id=review.pk,
        remote_updated_at="2026-01-01T00:00:00Z",
    )
    return {
        "nation": nation,
        "outlet": document.outlet,
        "source": document.source,
        "document": document,
        "topic": factories.TopicFactory(nation=nation),
        "statement": statement,
        "conflict": conflict,
        "triple": triple,
        "decision": decision,
        "review": review,
        "vote": vote,
        "event": event,
        "run": run,
        "derivation": factories.DerivationFactory(run=run, document=document),
        "policy": Policy.objects.create(nation=nation, kind="triple", threshold=1.1),
        "studioproject": factories.StudioProjectFactory(nation=nation),
    }


def every_permission(user):
    """A user with every permission of the record but no operator: only the nation stands between."""
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="annotation"))
    return user


@pytest.fixture
def world():
    return {"FR": rows_of("FR"), "DE": rows_of("DE")}


@pytest.fixture
def french(client):
    client.force_login(every_permission(factories.user(group="annotator", nations=("FR",), is_staff=True)))
    return client


def test_lists_show_own_nation_only(world, french):
    shown = {
        name: {
            str(row.pk)
            for row in french.get(reverse(f"admin:annotation_{name}_changelist")).context["cl"].queryset
        }
        for name in world["FR"]
    }

    foreign = {name: str(row.pk) in shown[name] for name, row in world["DE"].items()}
    own = {name: str(row.pk) in shown[name] for name, row in world["FR"].items()}
    assert foreign == dict.fromkeys(foreign, False)
    assert own == dict.fromkeys(own, True)


def test_lists_cannot_be_talked_into_another_nation(world, french):
    counts = {
        (name, query): french.get(reverse(f"admin:annotation_{name}_changelist") + f"?{query}={value}")
        .context["cl"]
        .result_count
        for name in TABLES
        if name != "derivation"
        for query, value in (("nation", "DE"), ("nation__code__exact", "DE"), ("nation__exact", "DE"))
    }

    assert counts == dict.fromkeys(counts, 0)


def test_pages_of_foreign_rows_do_not_open(world, french):
    places = {}
    for name, row in world["DE"].items():
        for view in ("change", "history"):
            response = french.get(reverse(f"admin:annotation_{name}_{view}", args=[row.pk]))
            places[name, view] = (response.status_code, response.get("Location"))

    assert places == dict.fromkeys(places, (302, reverse("admin:index")))


def test_foreign_rows_cannot_be_deleted_or_edited(world, french):
    outlet, policy = world["DE"]["outlet"], world["DE"]["policy"]

    french.post(reverse("admin:annotation_policy_delete", args=[policy.pk]), {"post": "yes"})
    french.post(reverse("admin:annotation_outlet_change", args=[outlet.pk]), {"name": "X", "nation": "FR"})
    french.post(
        reverse("admin:annotation_policy_changelist"),
        {"action": "delete_selected", "_selected_action": [policy.pk], "post": "yes"},
    )

    outlet.refresh_from_db()
    assert (Policy.objects.filter(pk=policy.pk).exists(), outlet.nation_id) == (True, "DE")


def test_forms_offer_and_accept_own_nations_only(world, french):
    form = french.get(reverse("admin:annotation_policy_add")).context["adminform"].form
    response = french.post(
        reverse("admin:annotation_policy_add"),
        {
            "nation": "DE",
            "kind": "conflict",
            "threshold": 0.5,
            "audit_rate": 0,
            "votes_required": 1,
            "max_votes": 1,
            "consensus": "majority",
            "error_budget": 0.05,
            "confidence_level": 0.95,
        },
    )

    assert [nation.pk for nation in form.fields["nation"].queryset] == ["FR"]
    assert response.context["adminform"].form.errors.keys() == {"nation"}
    assert not Policy.objects.filter(nation="DE", kind="conflict").exists()


@pytest.mark.parametrize("across", ["0", "1"])
@pytest.mark.parametrize(
    ("page", "action"),
    [
        ("triple", "approve"),
        ("triple", "send_to_review"),
        ("statement", "reject"),
        ("conflict", "keep_first"),
        ("topic", "reject"),
        ("decision", "verdict_invalid"),
        ("derivation", "run_again"),
    ],
)
def test_actions_do_not_touch_foreign_rows(world, french, page, action, across):
    before = _state("DE")

    french.post(
        reverse(f"admin:annotation_{page}_changelist"),
        {"action": action, "_selected_action": [world["DE"][page].pk], "select_across": across},
    )

    assert _state("DE") == before


@pytest.mark.parametrize(
    ("app", "model", "field", "to"),
    [("annotation", "outlet", "nation", "nation"), ("annotation", "person", "user", "user")],
)
def test_autocompletion_offers_own_rows_only(world, french, app, model, field, to):
    response = french.get(
        reverse("admin:autocomplete"),
        {"app_label": app, "model_name": model, "field_name": field, "term": ""},
    )

    if to == "user":
        assert response.status_code == 403
    else:
        assert [row["id"] for row in response.json()["results"]] == ["FR"]


def test_filters_offer_own_nations_only(world, french):
    offered = {}
    for name in TABLES:
        page = french.get(reverse(f"admin:annotation_{name}_changelist"))
        offered[name] = [
            value
            for spec in page.context["cl"].filter_specs
            if spec.title == "nation"
            for value, _ in spec.lookup_choices
        ]

    assert offered == {name: ["FR"] for name in TABLES}


def test_inlines_show_own_rows_only(world, french):
    theirs = factories.TripleFactory(statement=world["FR"]["statement"], nation=factories.nation("DE"))

    page = french.get(reverse("admin:annotation_statement_change", args=[world["FR"]["statement"].pk]))

    shown = {
        form.instance.pk
        for formset in page.context["inline_admin_formsets"]
        for form in formset.formset.forms
        if isinstance(form.instance, Triple)
    }
    assert shown == {world["FR"]["triple"].pk}
    assert theirs.question not in page.content.decode()


def test_rejected_rows_are_for_those_who_see_all_nations(world, french, client):
    world["FR"]["source"].rejected_rows.create(file="f", line=1, reason="broken")
    address = reverse("admin:annotation_rejectedrow_changelist")

    hidden = french.get(address).context["cl"].result_count
    client.force_login(factories.user(group="operator", is_staff=True))

    assert (hidden, client.get(address).context["cl"].result_count) == (0, 1)


def test_annotators_see_their_own_votes_only(world, client):
    annotator = factories.user(group="annotator", nations=("FR",), is_staff=True)
    review = world["FR"]["review"]
    own = Vote.objects.create(
        review=review,
        annotator=annotator,
        label="invalid",
        remote_annotation_id=10_000,
        remote_updated_at="2026-01-01T00:00:00Z",
    )
    client.force_login(annotator)

    shown = client.get(reverse("admin:annotation_vote_changelist")).context["cl"].queryset

    assert list(shown) == [own]
    assert (
        client.get(reverse("admin:annotation_vote_change", args=[world["FR"]["vote"].pk])).status_code == 302
    )


def test_annotators_meet_no_statement_whose_status_and_source_would_tell_what_was_judged(world, client):
    client.force_login(factories.user(group="annotator", nations=("FR",), is_staff=True))

    page = client.get(reverse("admin:annotation_statement_change", args=[world["FR"]["statement"].pk]))

    assert page.status_code == 403


def test_annotators_have_no_actions(world, client):
    client.force_login(factories.user(group="annotator", nations=("FR",), is_staff=True))

    client.post(
        reverse("admin:annotation_triple_changelist"),
        {"action": "approve", "_selected_action": [world["FR"]["triple"].pk]},
    )

    assert Decision.objects.filter(judge_type="curator").count() == 0


@pytest.mark.parametrize("path", INTERFACE)
def test_interface_lists_own_nation_only(world, french, path):
    results = french.get(f"/api/{path}/").json()["results"]
    asked = french.get(f"/api/{path}/", {"nation": "DE"}).json()["results"]

    assert {row[INTERFACE[path]] for row in results} == {"FR"}
    assert asked == [] or path == "nations"


@pytest.mark.parametrize("path", [path for path in INTERFACE if path != "nations"])
def test_interface_hides_foreign_rows(world, french, path):
    foreign, own = world["DE"][path.removesuffix("s")], world["FR"][path.removesuffix("s")]

    statuses = [french.get(f"/api/{path}/{row.pk}/").status_code for row in (foreign, own)]

    assert statuses == [404, 200]


def test_interface_needs_the_view_permission(world, client):
    client.force_login(factories.user(group="annotator", nations=("FR",)))

    statuses = {path: client.get(f"/api/{path}/").status_code for path in (*INTERFACE, "releases")}

    assert statuses == {
        "nations": 200,
        "documents": 200,
        "topics": 403,
        "statements": 403,
        "conflicts": 403,
        "triples": 403,
        "decisions": 403,
        "releases": 403,
    }


def test_person_without_a_nation_sees_nothing(world, client):
    client.force_login(every_permission(factories.user(group="curator", is_staff=True)))

    counts = {
        name: client.get(reverse(f"admin:annotation_{name}_changelist")).context["cl"].result_count
        for name in TABLES
    }

    assert counts == dict.fromkeys(TABLES, 0)


def test_operators_see_all_nations(world, client):
    client.force_login(factories.user(group="operator", is_staff=True))

    page = client.get(reverse("admin:annotation_topic_changelist"))

    assert {row.nation_id for row in page.context["cl"].queryset} == {"FR", "DE"}


def test_operators_cannot_reach_or_make_superusers(client):
    root = factories.user("root@example.org", is_staff=True, is_superuser=True)
    other = factories.user("other@example.org")
    client.force_login(factories.user(group="operator", is_staff=True))

    page = client.get(reverse("admin:auth_user_change", args=[root.pk]))
    password = client.get(reverse("admin:auth_user_password_change", args=[root.pk]))
    form = client.get(reverse("admin:auth_user_change", args=[other.pk])).context["adminform"].form

    assert (page.status_code, page["Location"]) == (302, reverse("admin:index"))
    assert password.status_code == 404
    assert {"is_superuser", "user_permissions"} & form.fields.keys() == set()


def _state(code):
    """Everything an action could change of a nation."""
    return (
        list(Statement.objects.filter(nation=code).order_by("pk").values_list("pk", "status", "source_type")),
        list(Decision.objects.filter(nation=code).order_by("pk").values_list("pk", "status", "label")),
        Review.objects.filter(nation=code).count(),
        [model.objects.filter(nation=code).count() for model in (Document, Topic, Conflict, Triple)],
        list(Document.objects.filter(nation=code).values_list("derivations__is_finished", flat=True)),
    )
