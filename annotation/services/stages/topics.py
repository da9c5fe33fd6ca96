"""Topics: the documents of a nation, language by language, become topics, memberships and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from django.db import transaction

from annotation.lifecycle import DecisionStatus
from annotation.models import (
    Decision,
    DecisionKind,
    Derivation,
    Document,
    DocumentTag,
    Event,
    Run,
    Tag,
    TagRound,
    Topic,
    TopicMembership,
)
from annotation.services.decisions import PEOPLE
from annotation.services.stages.base import Progress
from annotation.services.stages.records import document_record
from annotation.services.statuses import move_many
from annotation.services.vectors import DatabaseVectorCache
from pipeline.flow import Engines
from pipeline.records import DocumentRecord
from pipeline.tagging.loop import TaggingResult, tag_documents
from pipeline.topics.find import FoundTopic, TopicModel, find_topics
from pipeline.topics.identity import match_topics
from pipeline.topics.parameters import TopicParameters

_BATCH = 500


def cluster_documents(run: Run, engines: Engines, progress: Progress) -> Counter[str]:
    """Topics of each language of ``run.nation``; a language whose documents are the same is left alone."""
    counts: Counter[str] = Counter()
    documents = Document.objects.filter(nation_id=run.nation_id).originals()
    for language in sorted(set(documents.values_list("language", flat=True))):
        rows = documents.filter(language=language).select_related("outlet").order_by("pk")
        digest = _digest(run, language, rows.values_list("pk", "text_digest"))
        if Derivation.objects.finished(run.stage, run.version).filter(input_digest=digest).exists():
            continue
        counts += _cluster(run, language, [document_record(row) for row in rows], digest, engines, progress)
    return counts


def _digest(run: Run, language: str, keys: Any) -> str:
    digest = blake2b(f"{run.nation_id}:{language}\n".encode(), digest_size=32)
    for pk, text in keys:
        digest.update(f"{pk}:{text}\n".encode())
    return digest.hexdigest()


def _cluster(
    run: Run,
    language: str,
    documents: Sequence[DocumentRecord],
    digest: str,
    engines: Engines,
    progress: Progress,
) -> Counter[str]:
    """Compute first, then write everything of this language in one transaction."""
    model = find_topics(
        documents,
        embedder=engines.embedder,
        parameters=TopicParameters(),
        labeller=engines.topic_labeller,
        progress=progress,
        cache=DatabaseVectorCache(),
    )
    outliers = set(model.outliers)
    tagging = tag_documents(
        [document for document in documents if document.key in outliers], tagger=engines.tagger(language)
    )
    with transaction.atomic():
        _write_topics(run, language, model)
        _write_tags(run, language, tagging)
        run.parameters[language] = {
            "embedder": model.embedder,
            "method": model.method,
            **model.parameters.as_dict(),
        }
        run.save(update_fields=["parameters"])
        Derivation.objects.create(run=run, stage=run.stage, version=run.version, input_digest=digest)
    tagged = sum(1 for tags in tagging.assignments.values() if tags)
    return Counter(
        {
            "items": len(documents),
            "topics": len(model.topics),
            "in_topics": len(documents) - len(outliers),
            "tagged": tagged,
            "unassigned": len(outliers) - tagged,
        }
    )


def _write_topics(run: Run, language: str, model: TopicModel) -> None:
    earlier = list(Topic.objects.current().filter(nation_id=run.nation_id, language=language))
    old_members = {
        topic.pk: set(topic.memberships.values_list("document_id", flat=True)) for topic in earlier
    }
    new_members = {number: {key for key, _ in found.members} for number, found in enumerate(model.topics)}
    heir_of: Mapping[int, int] = match_topics(old_members, new_members)
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
    _carry_verdicts(rows, run.version)
    outdated = Decision.objects.filter(kind=DecisionKind.TOPIC_SCREENING, topic__in=earlier).exclude(
        judge_type__in=list(PEOPLE)
    )
    move_many(
        outdated.exclude(status=DecisionStatus.SUPERSEDED),
        DecisionStatus.SUPERSEDED,
        actor_name=run.version,
        note="its topic was clustered anew",
    )


def _topic(run: Run, language: str, found: FoundTopic, heir_of: int | None) -> Topic:
    members = sorted(key for key, _ in found.members)
    return Topic(
        nation_id=run.nation_id,
        language=language,
        run=run,
        label=found.label[:200],
        keywords=list(found.keywords),
        identity=blake2b(repr(members).encode(), digest_size=20).hexdigest(),
        size=len(members),
        succeeds_id=heir_of,
    )


def _carry_verdicts(topics: Sequence[Topic], actor_name: str) -> None:
    """What people decided about a topic holds for the topic that takes its place."""
    heirs = {topic.succeeds_id: topic for topic in topics if topic.succeeds_id}
    verdicts = Decision.objects.filter(
        kind=DecisionKind.TOPIC_SCREENING,
        topic__in=list(heirs),
        status=DecisionStatus.SETTLED,
        judge_type__in=list(PEOPLE),
    )
    for verdict in verdicts:
        old_topic = verdict.topic_id
        verdict.rationale = f"carried over from topic {old_topic}, which this one succeeds"
        verdict.supersedes_id = verdict.pk
        verdict.pk = None
        verdict._state.adding = True
        verdict.topic = heirs[old_topic]
        verdict.save()
        Event.objects.create(
            nation_id=verdict.nation_id,
            decision=verdict,
            old="",
            new=verdict.status,
            actor_name=actor_name,
            note=verdict.rationale,
        )


def _write_tags(run: Run, language: str, tagging: TaggingResult) -> None:
    DocumentTag.objects.filter(tag__nation_id=run.nation_id, tag__language=language, is_current=True).update(
        is_current=False
    )
    names = sorted({tag[:120] for tags in tagging.assignments.values() for tag in tags})
    Tag.objects.bulk_create(
        [Tag(nation_id=run.nation_id, language=language, name=name) for name in names],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    rows = {tag.name: tag for tag in Tag.objects.filter(nation_id=run.nation_id, language=language)}
    DocumentTag.objects.bulk_create(
        [
            DocumentTag(tag=rows[name], document_id=key, run=run)
            for key, tags in sorted(tagging.assignments.items())
            for name in sorted({tag[:120] for tag in tags})
        ],
        batch_size=_BATCH,
    )
    TagRound.objects.bulk_create(
        TagRound(run=run, language=language, number=number, tags=dict(tags))
        for number, tags in enumerate(tagging.rounds, 1)
    )
