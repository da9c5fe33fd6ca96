"""Which article a row of the paper's files is of: read and told apart as articles are at ingest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from annotation.models import Document, Nation
from annotation.services.ingest.rows import Batch, prepare
from annotation.services.ingest.store import stored_originals
from evaluation.publishing.paper_reading import PaperRow
from evaluation.services.gold.collect import article_digest, article_key
from pipeline.dedupe.shingles import text_digest
from pipeline.ingest.article import Reading
from pipeline.ingest.language import pipeline_languages
from pipeline.ingest.rows import Row

CUT = 1920  # characters of an article that the paper's stages read: a text as long is a beginning
_BATCH = 250


@dataclass(frozen=True, slots=True)
class PaperArticle:
    """``key`` is the one that items made here of the same text have, or those of the article on record here
    that the text repeats (``is_known``); ``digest`` is of the text."""

    key: str
    digest: str
    is_known: bool


@dataclass(slots=True)
class ArticleCounts:
    """How many articles rows are of, how many of these are on record here, and how many of the others are cut
    where the paper cuts."""

    articles: int = 0
    known: int = 0
    cut: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, article: PaperArticle, length: int) -> None:
        """Count the article of a row with a text of ``length`` characters, each article once."""
        if article.key not in self._seen:
            self._seen.add(article.key)
            self.articles += 1
            self.known += article.is_known
            self.cut += not article.is_known and length >= CUT


def with_articles(rows: Iterable[PaperRow]) -> Iterator[tuple[PaperRow, PaperArticle]]:
    """Each row with its article, some hundred at a time. The files name no article, so it is told by its
    text: equal or near to that of one on record here, by the rule that finds copies at ingest."""
    nations = {nation.code: nation.main_language for nation in Nation.objects.all()}
    reading = Reading({code.casefold(): code for code in nations}, nations)
    supported = pipeline_languages()
    given = iter(rows)
    while batch := list(islice(given, _BATCH)):
        yield from zip(batch, _articles(batch, reading, supported), strict=True)


def _articles(rows: list[PaperRow], reading: Reading, supported: frozenset[str]) -> Iterator[PaperArticle]:
    batch = Batch()
    for place, row in enumerate(rows):
        fields = {"text": row.raw_news, "nation": row.where.nation}
        batch.take(Row(place, fields), place, reading, Counter())
    prepare(batch, supported, reading)
    originals = stored_originals(batch.articles)
    documents = Document.objects.in_bulk([pk for pk in originals if pk is not None])
    found = {}
    for item, original in zip(batch.articles, originals, strict=True):
        if original is None:
            key = article_digest(item.article.nation, item.language, item.digest)
        else:
            key = article_key(documents[original])
        found[item.position] = PaperArticle(key, item.digest, original is not None)
    for place, row in enumerate(rows):
        yield found.get(place) or _unread(row)


def _unread(row: PaperRow) -> PaperArticle:
    """Of a text that no article here could have: of markup alone, or in another language."""
    digest = text_digest(row.raw_news)
    return PaperArticle(article_digest(row.where.nation, "", digest), digest, is_known=False)
