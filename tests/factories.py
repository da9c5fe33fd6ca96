"""Real rows for tests, each complete enough to satisfy every constraint."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from uuid import uuid4

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from factory.django import DjangoModelFactory

from annotation.guidelines import current_version
from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    Decision,
    DecisionKind,
    Derivation,
    Document,
    GuidelineReading,
    JudgeType,
    Nation,
    Outlet,
    Person,
    ProjectKind,
    Qualification,
    Review,
    Run,
    Source,
    Statement,
    StudioProject,
    StudioServer,
    Topic,
    Triple,
)
from annotation.models.review import PROJECT_OF

_NATIONS = {
    "CN": ("China", ["zh", "en"], "Hans"),
    "DE": ("Germany", ["de", "en"], "Latn"),
    "FR": ("France", ["fr", "en"], "Latn"),
    "GB": ("United Kingdom", ["en"], "Latn"),
    "US": ("United States", ["en"], "Latn"),
}
_LONG_AGO, _FAR_AWAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_serial = itertools.count(1)


def nation(code: str = "GB") -> Nation:
    """One of the five nations, made when a migration has not."""
    name, languages, script = _NATIONS[code]
    return Nation.objects.get_or_create(
        code=code, defaults={"name": name, "languages": languages, "script": script}
    )[0]


@cache
def _password() -> str:
    """Hash of ``password``, made once, since a good hash is slow."""
    return make_password("password")


def user(
    username: str = "",
    *,
    group: str = "",
    nations: tuple[str, ...] = (),
    is_qualified: bool = True,
    has_read: bool = True,
    **fields: object,
) -> User:
    """A user with password ``password``, in one group, working for nations; annotators are qualified."""
    username = username or f"user{next(_serial)}@example.org"
    made = User.objects.create(username=username, email=username, password=_password(), **fields)
    if group:
        made.groups.add(Group.objects.get_or_create(name=group)[0])
    person, _ = Person.objects.get_or_create(user=made)
    person.nations.set([nation(code) for code in nations])
    if group == "annotator" and is_qualified:
        for code in nations:
            qualify(person, code)
        for kind in ProjectKind if has_read else ():
            GuidelineReading.objects.create(
                person=person, kind=kind, version=current_version(kind), language="en"
            )
    return made


def qualify(person: Person, code: str, **fields: object) -> Qualification:
    """A quiz long passed, for long; ``fields`` say otherwise."""
    whole = {"score": 1.0, "passed_at": _LONG_AGO, "expires_at": _FAR_AWAY, **fields}
    return Qualification.objects.create(person=person, nation=nation(code), **whole)


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    name = factory.Sequence(lambda n: f"source-{n}.jsonl")
    format = "jsonl"
    digest = factory.LazyAttribute(lambda o: blake2b(o.name.encode(), digest_size=32).hexdigest())


class OutletFactory(DjangoModelFactory):
    class Meta:
        model = Outlet

    nation = factory.LazyFunction(nation)
    name = factory.Sequence(lambda n: f"Outlet {n}")
    kind = "press"


class DocumentFactory(DjangoModelFactory):
    class Meta:
        model = Document

    source = factory.SubFactory(SourceFactory)
    position = factory.Sequence(lambda n: n + 1)
    row_key = factory.Sequence(lambda n: f"row{n}")
    nation = factory.LazyFunction(nation)
    outlet = factory.SubFactory(OutletFactory, nation=factory.SelfAttribute("..nation"))
    language = factory.LazyAttribute(lambda o: o.nation.languages[0])
    title = factory.Sequence(lambda n: f"Article {n}")
    text = factory.Sequence(lambda n: f"The council must protect the park number {n}. It rained on Monday.")
    text_digest = factory.LazyAttribute(lambda o: blake2b(o.text.encode(), digest_size=16).hexdigest())
    published = date(2024, 5, 1)
    date_precision = "day"


class RunFactory(DjangoModelFactory):
    class Meta:
        model = Run

    stage = "statements"
    version = "rules-1"
    engine = "rules"


class DerivationFactory(DjangoModelFactory):
    class Meta:
        model = Derivation

    run = factory.SubFactory(RunFactory)
    stage = factory.SelfAttribute("run.stage")
    version = factory.SelfAttribute("run.version")
    document = factory.SubFactory(DocumentFactory)


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    nation = factory.LazyFunction(nation)
    language = "en"
    run = factory.SubFactory(RunFactory, stage="topics")
    label = factory.Sequence(lambda n: f"topic {n}")
    keywords = ["park", "council"]
    identity = factory.Sequence(lambda n: f"topic{n}")
    size = 3


class StatementFactory(DjangoModelFactory):
    class Meta:
        model = Statement

    document = factory.SubFactory(DocumentFactory)
    nation = factory.SelfAttribute("document.nation")
    text = factory.LazyAttribute(lambda o: o.document.text.split(". ")[0] + ".")
    language = factory.SelfAttribute("document.language")
    span_start = 0
    span_end = factory.LazyAttribute(lambda o: len(o.text))
    confidence = 0.7
    as_of = factory.SelfAttribute("document.published")
    source_type = "quoted"
    speaker = "Ann Smith"
    status = StatementStatus.CANDIDATE


class ConflictFactory(DjangoModelFactory):
    class Meta:
        model = Conflict

    first = factory.SubFactory(StatementFactory)
    second = factory.SubFactory(StatementFactory)
    nation = factory.SelfAttribute("first.nation")
    run = factory.SubFactory(RunFactory, stage="conflicts")
    relation = "contradiction"
    sign = -1
    score = 0.6
    similarity = 0.8
    version = "rules-1"


class TripleFactory(DjangoModelFactory):
    class Meta:
        model = Triple

    statement = factory.SubFactory(StatementFactory)
    nation = factory.SelfAttribute("statement.nation")
    question = factory.Sequence(lambda n: f"What should the council do about park number {n}?")
    reversed_statement = factory.LazyAttribute(lambda o: o.statement.text.replace("must", "need not"))
    language = factory.SelfAttribute("statement.language")
    confidence = 0.6
    checks = {"differs": True}


class DecisionFactory(DjangoModelFactory):
    """A machine's open judgement of a triple; give ``kind``, the subject and ``label`` for others."""

    class Meta:
        model = Decision

    kind = DecisionKind.TRIPLE
    triple = factory.Maybe(
        factory.LazyAttribute(lambda o: o.kind == DecisionKind.TRIPLE),
        factory.SubFactory(TripleFactory),
        None,
    )
    nation = factory.LazyAttribute(lambda o: (o.triple or o.statement or o.topic or o.conflict).nation)
    statement = None
    topic = None
    conflict = None
    label = "valid"
    confidence = 0.6
    judge_type = JudgeType.RULES
    judge = "rules-1"
    status = DecisionStatus.OPEN


class StudioProjectFactory(DjangoModelFactory):
    class Meta:
        model = StudioProject

    server = factory.LazyFunction(lambda: StudioServer.objects.get_or_create(name="")[0])
    nation = factory.LazyFunction(nation)
    kind = "triple"
    remote_id = factory.Sequence(lambda n: n + 1)
    title = factory.LazyAttribute(lambda o: f"{o.nation.name} {o.kind}")
    config_digest = "0" * 64


class ReviewFactory(DjangoModelFactory):
    class Meta:
        model = Review

    decision = factory.SubFactory(DecisionFactory)
    nation = factory.SelfAttribute("decision.nation")
    kind = factory.LazyAttribute(lambda o: PROJECT_OF[DecisionKind(o.decision.kind)])
    key = factory.LazyFunction(uuid4)
    votes_required = 2
