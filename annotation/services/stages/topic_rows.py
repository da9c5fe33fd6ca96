"""Writes topics, memberships and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import F

from annotation.models import (
    Derivation,
    DocumentTag,
    Run,
    Tag,
    TagRound,
    Topic,
    TopicMembership,
)
from annotation.services.decisions.effects import follow_topics
from annotation.services.stages.topic_heirs import last_document, pass_on_decisions, return_verdicts
from pipeline.tagging.loop import TaggingResult
from pipeline.topics.find import FoundTopic, TopicModel
from pipeline.topics.identity import match_topics, membership_digest, origins

_BATCH = 500


def write_topics(run: Run, language: str, model: TopicModel) -> None:
    """The topics of a run take the place of those before them.

    Decisions of people go to their successors, and statements follow their documents.
    """
    current = Topic.objects.current().filter(nation_id=run.nation_id, language=language)
    earlier = list(current.select_related("run"))
    old_members = TopicMembership.objects.filter(topic__in=earlier).by_topic()
    seen = last_document(earlier[0].run, language) if earlier else 0
    known = {
        number: {key for key, _ in found.members if key <= seen} for number, found in enumerate(model.topics)
    }
    heir_of: Mapping[int, int] = match_topics(old_members, known)
    TopicMembership.objects.filter(topic__in=earlier, is_current=True).update(is_current=False)
    Topic.objects.filter(pk__in=[topic.pk for topic in earlier]).update(is_current=False)
    rows = Topic.objects.bulk_create(
        [_topic(run, language, found, heir_of.get(number)) for number, found in enumerate(model.topics)]
    )
    TopicMembership.objects.bulk_create(
        [
            TopicMembership(topic=row, document_id=key, strength=min(1.0, max(0.0, float(strength))))
            for row, found in zip(rows, model.topics, strict=True)
            for key, strength in found.members
        ],
        batch_size=_BATCH,
    )
    Derivation.objects.bulk_create(
        [
            Derivation(
                run=run,
                stage=run.stage,
                version=run.version,
                topic=row,
                raw_reply=found.labelling.raw,
                prompt_digest=found.labelling.prompt_digest,
                error=found.labelling.error,
                is_finished=not found.labelling.error,
            )
            for row, found in zip(rows, model.topics, strict=True)
        ],
        batch_size=_BATCH,
    )
    from_old = {**origins(old_members, known), **heir_of}
    pass_on_decisions(
        {topic.pk for topic in earlier},
        {rows[number].pk: old for number, old in from_old.items()},
        {old: rows[number].pk for number, old in heir_of.items()},
        actor_name=run.version,
    )
    return_verdicts(
        TopicMembership.objects.filter(topic__in=rows).by_topic(),
        nation_id=run.nation_id,
        language=language,
        actor_name=run.version,
    )
    follow_topics(nation_id=run.nation_id, language=language, actor_name=run.version)


def _topic(run: Run, language: str, found: FoundTopic, heir_of: int | None) -> Topic:
    members = {key for key, _ in found.members}
    return Topic(
        nation_id=run.nation_id,
        language=language,
        run=run,
        label=found.label[:200],
        keywords=list(found.keywords),
        identity=membership_digest(members),
        size=len(members),
        succeeds_id=heir_of,
    )


def add_members(run: Run, language: str, joined: Mapping[int, tuple[int, float]]) -> set[int]:
    """Documents into the topics that are there; those that are in one already stay. Returns the new ones,
    whose statements stand as their topics do."""
    rows = TopicMembership.objects.filter(topic__in={topic for topic, _ in joined.values()}, is_current=True)
    fresh = set(joined) - set(rows.values_list("document_id", flat=True))
    TopicMembership.objects.bulk_create(
        [
            TopicMembership(topic_id=topic, document_id=key, strength=strength)
            for key, (topic, strength) in sorted(joined.items())
            if key in fresh
        ],
        batch_size=_BATCH,
    )
    for topic, number in Counter(joined[key][0] for key in fresh).items():
        Topic.objects.filter(pk=topic).update(size=F("size") + number)
    follow_topics(nation_id=run.nation_id, language=language, actor_name=run.version)
    return fresh


def tags_of(nation: str, language: str) -> dict[int, tuple[str, ...]]:
    """Document to its current tags."""
    rows = DocumentTag.objects.filter(tag__nation_id=nation, tag__language=language, is_current=True)
    found: dict[int, tuple[str, ...]] = {}
    for document, name in rows.order_by("pk").values_list("document_id", "tag__name"):
        found[document] = (*found.get(document, ()), name)
    return found


def write_tags(run: Run, language: str, tagging: TaggingResult) -> None:
    """The tags of a run take the place of those before them; the tag set of every round is kept.

    Rows of documents whose tags are the same stay current and keep the run that gave them.
    """
    wanted = {key: set(tags) for key, tags in tagging.assignments.items() if tags}
    current = {key: set(tags) for key, tags in tags_of(run.nation_id, language).items()}
    gone = sorted(key for key, tags in current.items() if tags != wanted.get(key))
    for first in range(0, len(gone), _BATCH):
        DocumentTag.objects.filter(
            document__in=gone[first : first + _BATCH],
            tag__nation_id=run.nation_id,
            tag__language=language,
            is_current=True,
        ).update(is_current=False)
    changed = {key: sorted(tags) for key, tags in sorted(wanted.items()) if tags != current.get(key)}
    names = sorted({tag for tags in changed.values() for tag in tags})
    Tag.objects.bulk_create(
        [Tag(nation_id=run.nation_id, language=language, name=name) for name in names],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    known = Tag.objects.filter(nation_id=run.nation_id, language=language).values_list("name", "pk")
    tag_of = dict(known) if names else {}
    DocumentTag.objects.bulk_create(
        [
            DocumentTag(tag_id=tag_of[name], document_id=key, run=run)
            for key, tags in changed.items()
            for name in tags
        ],
        batch_size=_BATCH,
    )
    TagRound.objects.bulk_create(
        TagRound(run=run, language=language, number=number, tags=dict(tags))
        for number, tags in enumerate(tagging.rounds, 1)
    )
