"""A batch of rows on its way in: read, cleaned, known ones set aside, languages settled, signatures taken."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from annotation.models import Document
from pipeline.dedupe.bands import band_keys
from pipeline.dedupe.shingles import shingles, text_digest
from pipeline.ingest.article import Article, Reading, RowError, read_article, row_digest, row_key
from pipeline.ingest.clean import excerpt_of
from pipeline.ingest.language import LanguageError, settle_language
from pipeline.ingest.rows import BadRow, Row


@dataclass(slots=True)
class Prepared:
    """An accepted row with what the search for copies needs. ``row`` is where it came from."""

    row: Row
    position: int
    key: str
    article: Article
    language: str = ""
    digest: str = ""
    shingles: frozenset[str] = frozenset()
    bands: tuple[int, ...] = ()


@dataclass(slots=True)
class Batch:
    """Some rows of one source: those to store, those refused, and the counts of both."""

    articles: list[Prepared] = field(default_factory=list)
    rejected: list[BadRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, row: Row | BadRow, position: int, reading: Reading, seen: Counter[bytes]) -> None:
        """Add a row as it was read; ``seen`` counts equal rows of the source so far."""
        self.counts["read"] += 1
        if isinstance(row, BadRow):
            self.reject(row)
            return
        try:
            article = read_article(row.fields, reading)
        except RowError as error:
            self.reject(_refusal(row, str(error)))
            return
        digest = row_digest(article)
        short = bytes.fromhex(digest)
        self.articles.append(Prepared(row, position, row_key(digest, seen[short]), article))
        seen[short] += 1

    def reject(self, row: BadRow) -> None:
        """Add a refused row."""
        self.counts["rejected"] += 1
        self.rejected.append(row)

    def drop_known(self, keys: set[str]) -> None:
        """Set aside rows whose key is stored already: they repeat themselves."""
        fresh = [item for item in self.articles if item.key not in keys]
        known = len(self.articles) - len(fresh)
        self.counts.update(known=known, duplicates=known)
        self.articles = fresh


def unknown_rows(batch: Batch) -> None:
    """Drop the rows that are stored already."""
    keys = [item.key for item in batch.articles]
    batch.drop_known(set(Document.objects.filter(row_key__in=keys).values_list("row_key", flat=True)))


def prepare(batch: Batch, supported: frozenset[str], reading: Reading) -> None:
    """Settle languages and take signatures; rows in a language we cannot read are refused."""
    kept = []
    for item in batch.articles:
        article = item.article
        try:
            item.language, mismatch = settle_language(
                article.text, article.claimed_language, supported, reading.languages[article.nation]
            )
        except LanguageError as error:
            batch.reject(_refusal(item.row, str(error)))
            continue
        batch.counts["language_mismatch"] += mismatch
        item.digest = text_digest(article.text)
        item.shingles = shingles(article.text, item.language)
        kept.append(item)
    spaces = [f"{item.article.nation}/{item.language}" for item in kept]
    for item, bands in zip(kept, band_keys([item.shingles for item in kept], spaces), strict=True):
        item.bands = bands
    batch.articles = kept


def _refusal(row: Row, reason: str) -> BadRow:
    start = {str(name): value for name, value in list(row.fields.items())[:20]}
    clipped = {
        name: value[:600] if isinstance(value, str | bytes) else value for name, value in start.items()
    }
    return BadRow(
        row.line, reason, excerpt_of(json.dumps(clipped, ensure_ascii=False, default=str)), row.file
    )
