"""The language model as tagger: tags for documents without a topic, and which tags mean the same."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest, LanguageModel
from pipeline.engines.replies import CleanText, Reply
from pipeline.prompts import model_version, render
from pipeline.records import DocumentRecord

logger = logging.getLogger(__name__)
SHOWN = 3_000  # characters of a document
MOST_TAGS = 5
LONGEST_TAG = 60  # characters
BATCH = 200  # tags looked at together
HEADS = 60  # of them the commonest of all, so that a rare tag meets those it may belong to


class TagsReply(Reply):
    """What the model answers for a document."""

    tags: list[CleanText]


class Merge(Reply):
    """One tag that becomes another."""

    tag: str
    into: str


class MergesReply(Reply):
    """What the model answers for a list of tags."""

    merges: list[Merge]


class TaggingModel:
    """Proposes and consolidates tags. ``failed`` maps a document's key to why it got no tags."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.version = model_version(model.name, "tag_propose", "tag_consolidate")
        self.failed: dict[int, str] = {}

    def propose(self, documents: Iterable[DocumentRecord]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield ``(key, tags)`` per document, in any order; no tags for one that failed."""
        return converse(self._model, (self._tag(document) for document in documents))

    def _tag(self, document: DocumentRecord) -> Conversation[tuple[int, tuple[str, ...]]]:
        prompt = render(
            "tag_propose", language=document.language, title=document.title, text=document.text[:SHOWN]
        )
        [reply] = yield [ChatRequest(prompt.messages, TagsReply, prompt.task)]
        if not isinstance(reply.parsed, TagsReply) or reply.error:
            self.failed[document.key] = reply.error or "no structured reply"
            return document.key, ()
        self.failed.pop(document.key, None)
        tags = (" ".join(tag.split()).casefold() for tag in reply.parsed.tags)
        return document.key, tuple(dict.fromkeys(t for t in tags if 0 < len(t) <= LONGEST_TAG))[:MOST_TAGS]

    def consolidate(self, tag_counts: Mapping[str, int]) -> Mapping[str, str]:
        """What each tag becomes: itself, or another of the given tags it is merged into."""
        ordered = sorted(tag_counts.items(), key=lambda entry: (-entry[1], entry[0]))
        heads = ordered[:HEADS] if len(ordered) > BATCH else []
        rest, width = ordered[len(heads) :], BATCH - len(heads)
        batches = [heads + rest[at : at + width] for at in range(0, len(rest), width)]
        merges: dict[str, str] = {}
        for found in converse(self._model, (self._merge(batch) for batch in batches)):
            merges.update(found)
        return {tag: _end(tag, merges) for tag in tag_counts}

    def _merge(self, batch: list[tuple[str, int]]) -> Conversation[dict[str, str]]:
        prompt = render("tag_consolidate", tags=batch)
        [reply] = yield [ChatRequest(prompt.messages, MergesReply, prompt.task)]
        if not isinstance(reply.parsed, MergesReply) or reply.error:
            logger.warning("tags stay as they are: %s", reply.error)
            return {}
        known = {tag for tag, _ in batch}
        return {
            merge.tag: merge.into
            for merge in reply.parsed.merges
            if merge.tag in known and merge.into in known and merge.tag != merge.into
        }


def _end(tag: str, merges: Mapping[str, str]) -> str:
    """Where a chain of merges ends; in a circle, its alphabetically first tag."""
    path = [tag]
    while (following := merges.get(path[-1])) is not None:
        if following in path:
            return min(path[path.index(following) :])
        path.append(following)
    return path[-1]
