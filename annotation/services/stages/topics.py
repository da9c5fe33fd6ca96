"""Topics: the documents of a nation, language by language, become topics, memberships and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotation.models import Derivation, Document, Run, Topic, TopicMembership
from annotation.services.stages.base import Progress
from annotation.services.stages.records import document_record
from annotation.services.stages.topic_rows import (
    add_members,
    tags_of,
    write_tags,
    write_topics,
)
from annotation.services.stages.vectors import DatabaseVectorCache
from pipeline.flow import Engines
from pipeline.records import DocumentRecord
from pipeline.tagging.loop import TaggingResult, tag_documents
from pipeline.topics.find import find_topics
from pipeline.topics.join import join_topics, needs_new_topics
from pipeline.topics.parameters import TopicParameters


@dataclass(frozen=True)
class _Corpus:
    """The original documents of a nation in one language, by rising key, and what identifies them."""

    nation: str
    language: str
    rows: QuerySet[Document]

    @cached_property
    def digest(self) -> str:
        """Changes with any of the documents."""
        digest = blake2b(f"{self.nation}:{self.language}\n".encode(), digest_size=32)
        for pk, text in self.rows.values_list("pk", "text_digest").iterator():
            digest.update(f"{pk}:{text}\n".encode())
        return digest.hexdigest()

    def up_to(self, last: int) -> _Corpus:
        """The documents up to a key: new ones have higher keys."""
        return replace(self, rows=self.rows.filter(pk__lte=last))


def cluster_documents(run: Run, engines: Engines, progress: Progress) -> Counter[str]:
    """Topics of each language of ``run.nation``. A language whose documents are the same is left alone; a few
    new documents join the topics that are there; else topics are made anew and matched to the old ones."""
    counts: Counter[str] = Counter()
    documents = Document.objects.filter(nation_id=run.nation_id).originals()
    for language in sorted(set(documents.values_list("language", flat=True))):
        rows = documents.filter(language=language).select_related("outlet").order_by("pk")
        corpus = _Corpus(run.nation_id, language, rows)
        done = Derivation.objects.finished(run.stage, run.version).filter(input_digest=corpus.digest)
        if not done.exists():
            joined = _join(run, corpus, engines)
            counts += _make(run, corpus, engines, progress) if joined is None else joined
    return counts


def _make(run: Run, corpus: _Corpus, engines: Engines, progress: Progress) -> Counter[str]:
    """Topics of all documents. Computed first, then written in one transaction."""
    documents = _records(corpus.rows)
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
        [document for document in documents if document.key in outliers],
        tagger=engines.tagger(corpus.language),
    )
    with transaction.atomic():
        write_topics(run, corpus.language, model)
        write_tags(run, corpus.language, tagging)
        _close(
            run,
            corpus,
            {
                "embedder": model.embedder,
                "method": model.method,
                "documents": len(documents),
                "outliers": len(outliers),
                "last_document": documents[-1].key,
                **model.parameters.as_dict(),
            },
        )
    return _counts(documents, len(outliers), tagging) + Counter(topics=len(model.topics))


def _join(run: Run, corpus: _Corpus, engines: Engines) -> Counter[str] | None:
    """New documents into the topics of the last run, where they are few and like the others; else ``None``.
    What earlier newcomers joined is found again from the same centroids and left as it is."""
    topics = Topic.objects.current().filter(nation_id=corpus.nation, language=corpus.language)
    latest = topics.select_related("run").first()
    if latest is None or latest.run.version != run.version:
        return None
    made, parameters = latest.run, TopicParameters()
    facts = made.parameters.get(corpus.language, {})
    last = facts.get("last_document", 0)
    founded = corpus.up_to(last)
    if not Derivation.objects.filter(run=made, input_digest=founded.digest).exists():
        return None
    needs_anew = partial(
        needs_new_topics, parameters, founders=facts["documents"], outliers=facts["outliers"]
    )
    new = corpus.rows.filter(pk__gt=last)
    if needs_anew(newcomers=new.count(), strangers=0):
        return None
    newcomers = _records(new)
    joined = join_topics(
        _records(founded.rows),
        TopicMembership.objects.filter(topic__in=topics, document__lte=last).by_topic(),
        newcomers,
        embedder=engines.embedder,
        parameters=parameters,
        cache=DatabaseVectorCache(),
    )
    strangers = [document for document in newcomers if document.key not in joined]
    if needs_anew(newcomers=len(newcomers), strangers=len(strangers)):
        return None
    known = tags_of(corpus.nation, corpus.language)
    tagging = tag_documents(strangers, tagger=engines.tagger(corpus.language), known=known)
    with transaction.atomic():
        fresh = add_members(run, corpus.language, joined)
        write_tags(run, corpus.language, tagging)
        _close(run, corpus, {"embedder": facts["embedder"], "method": "nearest centroid", "joins": made.pk})
    seen = [d for d in newcomers if d.key in fresh or (d.key not in joined and d.key not in known)]
    return _counts(seen, sum(d.key not in joined for d in seen), tagging)


def _records(rows: Iterable[Document]) -> list[DocumentRecord]:
    return [document_record(row) for row in rows]


def _close(run: Run, corpus: _Corpus, facts: dict[str, Any]) -> None:
    run.parameters[corpus.language] = facts
    run.save(update_fields=["parameters"])
    Derivation.objects.create(run=run, stage=run.stage, version=run.version, input_digest=corpus.digest)


def _counts(documents: Sequence[DocumentRecord], outliers: int, tagging: TaggingResult) -> Counter[str]:
    """Of the documents that were new: how many there are, in topics, tagged, and neither."""
    tagged = sum(1 for document in documents if tagging.assignments.get(document.key))
    return Counter(
        {
            "items": len(documents),
            "in_topics": len(documents) - outliers,
            "tagged": tagged,
            "unassigned": outliers - tagged,
        }
    )
