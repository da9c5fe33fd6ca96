"""What an annotator is shown for a review: the claim, its evidence in the article, the machine's answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import Exhibit, TaskDraft, exhibit_of_span
from annotation.models import Decision, DecisionKind, Document, Review, Statement, Topic, TopicMembership
from annotation.services.conflicts.listing import group_listings

# What drafts are made of, by the last name of the path to a row.
_STATEMENT_COLUMNS = ("text", "span_start", "span_end", "speaker")
_COLUMNS = {
    "decision": ("kind", "label", "value", "topic", "statement", "conflict", "triple"),
    "nation": ("languages",),
    "topic": ("label", "keywords"),
    "triple": ("question", "statement_text", "reversed_statement"),
    "conflict": ("first", "second"),
    "statement": _STATEMENT_COLUMNS,
    "first": _STATEMENT_COLUMNS,
    "second": _STATEMENT_COLUMNS,
    "document": ("text", "title", "speaker", "published"),
    "outlet": ("name",),
}
_EXEMPLARS = 3
_EXCERPT = 300  # code points of each exemplar document of a topic
_STATEMENT_PATHS = ("statement", "triple__statement", "conflict__first", "conflict__second")
RELATED = (
    "decision__topic",
    "decision__nation",
    *(f"decision__{path}__document__outlet" for path in _STATEMENT_PATHS),
)


def task_drafts(reviews: Sequence[Review]) -> list[TaskDraft]:
    """Drafts of the tasks of ``reviews``, in their order; load those with ``select_related(*RELATED)``."""
    exemplars = _exemplars(review.decision.topic_id for review in reviews if review.decision.topic_id)
    groups = group_listings(
        [
            (review.decision.conflict, review.decision.nation.main_language)
            for review in reviews
            if review.decision.conflict_id
        ]
    )
    drafts = []
    for review in reviews:
        decision = review.decision
        drafts.append(
            TaskDraft(
                key=review.key,
                screen=Screen(review.kind),
                exhibits=_exhibits(decision, exemplars),
                label=decision.label,
                priority=review.priority,
                answer=machine_answer(decision),
                group=groups.get(decision.conflict_id or 0, ""),
            )
        )
    return drafts


def draft_columns(paths: Iterable[str]) -> list[str]:
    """For ``only()``: the columns of reviews, and of rows on ``paths`` of ``RELATED``, that drafts show."""
    found = {"key", "kind", "priority"}
    for path in paths:
        names = path.split("__")
        for depth, name in enumerate(names, start=1):
            found.update("__".join([*names[:depth], column]) for column in _COLUMNS[name])
    return sorted(found)


def exhibits_of(decisions: Sequence[Decision]) -> list[tuple[Exhibit, ...]]:
    """What is shown of each decision to whoever judges it, in their order."""
    exemplars = _exemplars(decision.topic_id for decision in decisions if decision.topic_id)
    return [_exhibits(decision, exemplars) for decision in decisions]


def machine_answer(decision: Decision) -> dict[str, str]:
    """The texts of the machine's answer that people may correct."""
    if decision.kind == DecisionKind.TRIPLE:
        return {
            "question": decision.triple.question,
            "statement": decision.triple.affirmed,
            "reversed_statement": decision.triple.reversed_statement,
        }
    if decision.kind == DecisionKind.ATTRIBUTION:
        return {"speaker": str(decision.value.get("speaker") or decision.statement.speaker)}
    return {}


def _exhibits(decision: Decision, exemplars: dict[int, list[Document]]) -> tuple[Exhibit, ...]:
    match decision.kind:
        case DecisionKind.TOPIC_SCREENING:
            return (_topic_exhibit(decision.topic, exemplars[decision.topic_id]),)
        case DecisionKind.CONFLICT:
            return (_statement_exhibit(decision.conflict.first), _statement_exhibit(decision.conflict.second))
        case DecisionKind.TRIPLE:
            return (_statement_exhibit(decision.triple.statement),)
    return (_statement_exhibit(decision.statement, is_asked_who=decision.kind == DecisionKind.ATTRIBUTION),)


def _statement_exhibit(statement: Statement, *, is_asked_who: bool = False) -> Exhibit:
    """A statement in its article, with its speaker: as the article's own record has it where the speaker is
    the question, else as it was found."""
    document = statement.document
    return exhibit_of_span(
        document.text,
        statement.span_start,
        statement.span_end,
        claim=statement.text,
        origin=(
            document.outlet.name if document.outlet else "",
            document.published.isoformat() if document.published else "",
            document.speaker if is_asked_who else statement.speaker or document.speaker,
            document.title,
        ),
    )


def _topic_exhibit(topic: Topic, documents: Sequence[Document]) -> Exhibit:
    """A topic is shown by its keywords and the beginnings of its most typical articles."""
    excerpts = [f"{document.title}\n{document.text[:_EXCERPT]}…".strip() for document in documents]
    return Exhibit(claim=topic.label, evidence=" · ".join(topic.keywords), after="\n\n".join(excerpts))


def _exemplars(topic_ids: Iterable[int]) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = defaultdict(list)
    rows = TopicMembership.objects.filter(topic__in=set(topic_ids), is_current=True)
    for row in rows.select_related("document").order_by("topic", "-strength", "pk").iterator(500):
        if len(found[row.topic_id]) < _EXEMPLARS:
            found[row.topic_id].append(row.document)
    return found
