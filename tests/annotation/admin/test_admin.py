"""The admin as a curator meets it: lists, pages, order, what is read-only."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation import models as record
from annotation.admin.base import COUNT_CAP, CappedPaginator, RecordAdmin
from annotation.admin.evidence import in_context, marked
from annotation.models import Document, Nation, Statement
from evaluation import models as evaluation
from navab_site.navigation import FLOW
from tests import factories
from tests.queries import queries

pytestmark = pytest.mark.django_db

EDITABLE = {"nation", "outlet", "source", "policy", "person", "candidatemodel", "answervote", "user", "group"}
# Parts of other tables' pages, not pages of their own.
INLINE = {
    "batchedrequest",
    "cachedreply",
    "conflictside",
    "topicmembership",
    "documenttag",
    "releaseevent",
    "documentband",
    "embedding",
    "studioaccount",
    "guidelinereading",
    "countedvote",
    "voterevision",
    "storedfigures",
    "submittedrecord",
}


@pytest.fixture
def root(client):
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    return client


def one_of_each():
    """A row of every table a curator reads; returns page name to row."""
    nation = factories.nation("GB")
    decision = factories.DecisionFactory()
    triple = decision.triple
    conflict = factories.ConflictFactory(first=triple.statement)
    group = record.ConflictGroup.objects.create(
        nation=nation, run=conflict.run, identity=str(conflict.pk), margin=0.5, frustration=0.1
    )
    record.ConflictSide.objects.create(group=group, statement=conflict.first, side=1)
    document = triple.statement.document
    topic = factories.TopicFactory()
    record.TopicMembership.objects.create(topic=topic, document=document, strength=0.9)
    tag = record.Tag.objects.create(nation=nation, language="en", name=f"tag {document.pk}")
    record.DocumentTag.objects.create(tag=tag, document=document, run=topic.run)
    review = factories.ReviewFactory(decision=decision)
    vote = record.Vote.objects.create(
        review=review,
        annotator=factories.user(),
        label="valid",
        remote_annotation_id=review.pk,
        remote_updated_at="2026-01-01T00:00:00Z",
    )
    release = evaluation.Release.objects.create(name=f"r{document.pk}")
    item = evaluation.ReleaseItem.objects.create(
        release=release,
        triple=triple,
        nation=nation,
        key="k",
        source_type="quoted",
        language="en",
        question="Q?",
        statement="S",
        reversed_statement="RS",
        article_key="a",
    )
    candidate = evaluation.CandidateModel.objects.create(name=f"m{document.pk}", backend="ngram")
    run = evaluation.EvalRun.objects.create(
        release=release, candidate=candidate, method="mc", protocol="letters"
    )
    answer = evaluation.Answer.objects.create(run=run, item=item, outcome="statement")
    answer_vote = evaluation.AnswerVote.objects.create(
        answer=answer, person=factories.user(), outcome="statement"
    )
    policy = record.Policy.objects.filter(nation=None).first()
    rejected = record.RejectedRow.objects.create(source=document.source, file="f", line=1, reason="r")
    tag_round = record.TagRound.objects.create(run=topic.run, language="en", number=1, tags={})
    event = triple.statement.events.create(nation=nation, old="a", new="b", actor_name="x")
    project = record.StudioProject.objects.first() or factories.StudioProjectFactory()
    derivation = factories.DerivationFactory(run__nation=nation)
    incident = record.StudioIncident.objects.create(
        server=project.server, nation=nation, kind="task_gone", subject=f"task {review.pk}"
    )
    person, curator = vote.annotator.person, factories.user()
    qualification = factories.qualify(person, "GB")
    gold = record.GoldQuestion.objects.create(decision=decision, nation=nation, chosen_by=curator)
    attempt = record.QuizAttempt.objects.create(
        person=person, nation=nation, questions=[gold.pk], finished_at=timezone.now(), score=0.5
    )
    inquiry = record.Inquiry.objects.create(nation=nation, asked_by=vote.annotator, text="Why?")
    guarantee = record.Guarantee.objects.create(
        nation=nation,
        kind="triple",
        judge="rules-1",
        state="waiting",
        sampled=0,
        settled_sampled=0,
        errors=0,
        bound=1.0,
    )
    rows = [nation, document.outlet, document.source, rejected, document, topic, tag, tag_round]
    rows += [triple.statement, group, conflict, triple, decision, review, vote, event, project]
    rows += [topic.run, derivation, policy, release, item, candidate, run, answer, answer_vote]
    rows += [vote.annotator, person, project.server, incident, qualification, gold, attempt, inquiry]
    rows += [guarantee]
    return {f"{row._meta.app_label}_{row._meta.model_name}": row for row in rows}


def test_admin_knows_every_table():
    tables = {
        model._meta.model_name
        for module in (record, evaluation)
        for model in vars(module).values()
        if hasattr(model, "_meta")
    }

    assert {model._meta.model_name for model in admin.site._registry} == tables - INLINE | {"user", "group"}


def test_sidebar_names_every_registered_table_once():
    names = [name for _, tables in FLOW for name, _ in tables]

    assert sorted(names) == sorted(model._meta.label_lower for model in admin.site._registry)


def test_index_lists_tables_in_the_order_of_the_flow(root):
    page = root.get(reverse("admin:index")).content.decode()

    order = [
        "nation",
        "source",
        "document",
        "topic",
        "statement",
        "conflict",
        "triple",
        "decision",
        "release",
    ]
    places = [
        page.index(reverse(f"admin:{'evaluation' if name == 'release' else 'annotation'}_{name}_changelist"))
        for name in order
    ]
    assert places == sorted(places)


def test_every_list_and_page_opens_with_search(root):
    rows = one_of_each()

    statuses = {}
    for name, row in rows.items():
        statuses[name] = (
            root.get(reverse(f"admin:{name}_changelist"), {"q": "7"}).status_code,
            root.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code,
        )

    assert statuses == dict.fromkeys(rows, (200, 200))


def test_every_list_filters_by_nation(root):
    rows = one_of_each()
    without = {"source", "rejectedrow", "taground", "nation", "person", "user", "studioserver"}
    without |= {"release", "candidatemodel", "evalrun"}

    shown = {}
    for name in rows:
        if name.split("_")[1] in without:
            continue
        found = [
            root.get(reverse(f"admin:{name}_changelist"), {"nation": code}).context["cl"].result_count
            for code in ("GB", "FR")
        ]
        shown[name] = (found[0] > 0, found[1])

    assert shown == {name: (name != "annotation_policy", 0) for name in shown}


def test_query_counts_do_not_grow_with_rows(root):
    names = list(one_of_each())
    first = {name: queries(root, reverse(f"admin:{name}_changelist")) for name in names}
    one_of_each()
    one_of_each()

    assert {name: queries(root, reverse(f"admin:{name}_changelist")) for name in names} == first


def test_pages_of_one_row_do_not_query_per_related_row(root):
    statement = factories.StatementFactory()
    address = reverse("admin:annotation_statement_change", args=[statement.pk])
    factories.TripleFactory(statement=statement)
    root.get(address)
    one = queries(root, address)
    factories.TripleFactory(statement=statement)
    factories.TripleFactory(statement=statement)

    assert queries(root, address) == one


def test_machines_tables_are_read_only_and_others_are_not(rf):
    request = rf.get("/")
    request.user = factories.user(is_staff=True, is_superuser=True)

    read_only = {
        model._meta.model_name
        for model, page in admin.site._registry.items()
        if not (
            page.has_add_permission(request)
            or page.has_change_permission(request)
            or page.has_delete_permission(request)
        )
    }

    everything = {model._meta.model_name for model in admin.site._registry}
    assert read_only == everything - EDITABLE
    assert all(
        isinstance(page, RecordAdmin)
        for model, page in admin.site._registry.items()
        if model._meta.model_name in read_only
    )


def test_statement_page_marks_escaped_evidence(root):
    text = 'Before <script>alert("x")</script>. The council must act. After & more.'
    start = text.index("The council")
    document = factories.DocumentFactory(text=text)
    statement = factories.StatementFactory(
        document=document, text="The council must act.", span_start=start, span_end=start + 21
    )

    page = root.get(reverse("admin:annotation_statement_change", args=[statement.pk])).content.decode()

    assert "<mark>The council must act.</mark> After &amp; more." in page
    assert "<script>alert" not in page


def test_in_context_cuts_far_text_and_says_so():
    shown = in_context("a" * 50 + "KEEP" + "b" * 50, 50, 54, around=3)

    assert shown == '<div class="article">… aaa<mark>KEEP</mark>bbb …</div>'


def test_marked_joins_overlapping_spans():
    shown = marked("0123456789<", [(5, 8), (1, 3), (2, 4)])

    assert shown == '<div class="article">0<mark>123</mark>4<mark>567</mark>89&lt;</div>'


def test_document_links_lead_left_and_right(root):
    statement = factories.StatementFactory()
    topic = factories.TopicFactory()
    record.TopicMembership.objects.create(topic=topic, document=statement.document, strength=1)

    page = root.get(reverse("admin:annotation_document_change", args=[statement.document_id]))
    links = dict(page.context["flow_links"])

    assert root.get(links["Statements"]).context["cl"].result_count == 1
    assert root.get(links["Source"]).context["cl"].result_count == 1
    topics = root.get(reverse("admin:annotation_topic_change", args=[topic.pk]))
    assert root.get(dict(topics.context["flow_links"])["Documents"]).context["cl"].result_count == 1


def test_every_link_along_the_flow_opens(root):
    refused = [
        link
        for name, row in one_of_each().items()
        for _, link in root.get(reverse(f"admin:{name}_change", args=[row.pk])).context.get("flow_links")
        or ()
        if root.get(link).status_code != 200
    ]

    assert refused == []


def test_paginator_counts_no_further_than_its_cap():
    factories.DocumentFactory()

    with CaptureQueriesContext(connection) as captured:
        count = CappedPaginator(Document.objects.all(), 50).count

    assert count == 1
    assert re.search(rf"LIMIT {COUNT_CAP}\b", captured[0]["sql"])


def test_lists_show_no_full_count(root):
    factories.StatementFactory()

    page = root.get(reverse("admin:annotation_statement_changelist"), {"status__exact": "candidate"})

    assert page.context["cl"].full_result_count is None


def test_history_shows_every_move_with_its_actor(root):
    statement = factories.StatementFactory()
    record.Event.objects.create(
        nation_id="GB", statement=statement, old="extracted", new="candidate", actor_name="rules-7"
    )

    page = root.get(reverse("admin:annotation_statement_change", args=[statement.pk])).content.decode()

    assert "rules-7" in page


def test_nation_form_refuses_languages_that_are_no_list(root):
    data = {"code": "IT", "name": "Italy", "aliases": "[]", "languages": '"it"', "script": "Latn"}

    page = root.post(reverse("admin:annotation_nation_add"), data)

    assert page.context["adminform"].form.errors.keys() == {"languages"}
    assert not Nation.objects.filter(pk="IT").exists()


def test_sixth_nation_is_a_row(root):
    data = {"code": "IT", "name": "Italy", "aliases": '["Italia"]', "languages": '["it"]', "script": "Latn"}

    root.post(reverse("admin:annotation_nation_add"), data)

    assert Nation.objects.get(pk="IT").languages == ["it"]


def test_record_rows_cannot_be_posted_to(root):
    statement = factories.StatementFactory()

    response = root.post(
        reverse("admin:annotation_statement_change", args=[statement.pk]), {"text": "changed"}
    )

    assert response.status_code == 403
    assert Statement.objects.get().text == statement.text


def test_office_of_a_speaker_is_told_on_the_pages_of_decision_and_statement(root):
    statement = factories.StatementFactory()
    decision = factories.DecisionFactory(
        kind="attribution", statement=statement, label="quoted", value={"speaker": "Ada Young"}
    )
    pages = [
        reverse("admin:annotation_decision_change", args=[decision.pk]),
        reverse("admin:annotation_statement_change", args=[statement.pk]),
    ]
    before = [root.get(page).content.decode().count("may speak for the state") for page in pages]
    decision.value = {"speaker": "Ada Young", "is_office_holder": True}
    decision.save()

    after = [root.get(page).content.decode().count("may speak for the state") for page in pages]

    assert (before, after) == ([0, 0], [1, 1])
