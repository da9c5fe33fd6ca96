"""What people decided or are asked about a topic goes on with the topics that take its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set

from django.db.models import Max

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, Event, Run, TopicMembership
from annotation.models.decision import PEOPLE
from annotation.services.decisions.calibration import CARRIED
from annotation.services.decisions.statuses import move_many
from pipeline.topics.identity import match_topics, origins


def pass_on_decisions(
    old: Collection[int], origin: Mapping[int, int], heirs: Mapping[int, int], *, actor_name: str
) -> None:
    """Pass on the decisions about ``old`` topics, which are current no more.

    A verdict of people holds for every new topic made mostly of the old one's documents (``origin``: new
    topic to old). A question that is with people, be it an audit, goes on about the heir (``heirs``: old
    topic to new), else about the largest part; machines' other answers are superseded. Call inside a
    transaction.
    """
    ours = Decision.objects.filter(kind=DecisionKind.TOPIC_SCREENING, topic__in=list(old)).exclude(
        status=DecisionStatus.SUPERSEDED
    )
    _carry_all(ours.filter(judge_type__in=list(PEOPLE)), origin, actor_name)
    parts = {source: topic for topic, source in sorted(origin.items(), reverse=True)} | dict(heirs)
    machines = ours.exclude(judge_type__in=list(PEOPLE))
    for question in machines.with_people().filter(topic__in=list(parts)):
        _hand_over(question, parts[question.topic_id], actor_name)
    move_many(
        machines.all(),
        DecisionStatus.SUPERSEDED,
        actor_name=actor_name,
        note="its topic was clustered anew",
    )


def return_verdicts(new: Mapping[int, Set[int]], *, nation_id: str, language: str, actor_name: str) -> None:
    """A verdict of people whose topic an earlier clustering did not find again holds for those of the ``new``
    topics (to their documents) that are that topic or a part of it, and that nothing was passed on to.

    The same topic may have grown: the documents its run knew are compared. A part is mostly made of that
    topic's documents. Newer runs come first. Call inside a transaction.
    """
    given = Decision.objects.filter(topic__in=list(new)).exclude(status=DecisionStatus.SUPERSEDED)
    free = set(new) - set(given.values_list("topic", flat=True))
    lost: dict[Run, list[Decision]] = defaultdict(list)
    verdicts = Decision.objects.settled().filter(
        kind=DecisionKind.TOPIC_SCREENING,
        judge_type__in=list(PEOPLE),
        nation=nation_id,
        topic__language=language,
        topic__is_current=False,
        superseded_by=None,
    )
    for verdict in verdicts.select_related("topic__run").order_by("-topic__run", "pk"):
        lost[verdict.topic.run].append(verdict)
    for run, ours in lost.items():
        topics = [verdict.topic_id for verdict in ours]
        old = TopicMembership.objects.filter(topic__in=topics).by_topic()
        last = last_document(run, language)
        known = {topic: {key for key in new[topic] if key <= last} for topic in free}
        found = origins(old, {topic: new[topic] for topic in free}) | match_topics(old, known)
        _carry_all(ours, found, actor_name)
        free -= set(found)


def last_document(run: Run, language: str) -> int:
    """Highest key among the documents that the topics a run made in a language know."""
    rows = TopicMembership.objects.filter(topic__run=run, topic__language=language)
    joined = rows.aggregate(last=Max("document"))["last"] or 0
    return max(joined, int(run.parameters.get(language, {}).get("last_document", 0)))


def _carry_all(verdicts: Iterable[Decision], origin: Mapping[int, int], actor_name: str) -> None:
    """Copies about the topics that come of theirs (``origin``: new to old) take the place of verdicts."""
    by_topic = {verdict.topic_id: verdict for verdict in verdicts}
    copied = {topic: by_topic[source] for topic, source in sorted(origin.items()) if source in by_topic}
    move_many(
        {verdict.pk: verdict for verdict in copied.values()}.values(),
        DecisionStatus.SUPERSEDED,
        actor_name=actor_name,
        note="carried over to where the documents of its topic are",
    )
    for topic, verdict in copied.items():
        _carry(verdict, topic, actor_name)


def _carry(verdict: Decision, topic: int, actor_name: str) -> None:
    copy = Decision.objects.get(pk=verdict.pk)
    copy.rationale = f"carried over from topic {verdict.topic_id}, whose documents are here"
    copy.evidence = {CARRIED: verdict.pk, **verdict.evidence}
    copy.supersedes_id = verdict.pk
    copy.pk = None
    copy._state.adding = True
    copy.topic_id = topic
    copy.status = DecisionStatus.SETTLED
    copy.save()
    _note(copy, "", copy.rationale, actor_name)


def _hand_over(question: Decision, topic: int, actor_name: str) -> None:
    """People go on answering the same task; its documents are those of another topic now."""
    note = f"goes on about topic {topic}, where the documents of topic {question.topic_id} are"
    question.topic_id = topic
    question.save(update_fields=["topic"])
    _note(question, question.status, note, actor_name)


def _note(decision: Decision, old: str, note: str, actor_name: str) -> None:
    Event.objects.create(
        nation_id=decision.nation_id,
        decision=decision,
        old=old,
        new=decision.status,
        actor_name=actor_name,
        note=note,
    )
