"""What people decided or are asked about a topic goes on with the topics that take its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, Event
from annotation.models.decision import PEOPLE
from annotation.services.calibration import CARRIED
from annotation.services.statuses import move_many


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
