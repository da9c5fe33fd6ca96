"""Taking in the NaVAB paper's published JSON as a release, to be verified and scored as it was published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from annotation.models import Nation
from evaluation.models import Origin
from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.files import publish_folder, remove_folder
from evaluation.publishing.paper_reading import Finding, PaperRow, paper_files, read_paper
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.rows import EXCERPT_LENGTH, Part, Period, ReleaseRow, digest_of
from evaluation.services.gold.facts import public_site
from evaluation.services.gold.fairness import choice_only_by_language
from evaluation.services.releases.freezing import SOFTWARE
from evaluation.services.releases.imports import (
    Imported,
    ReleaseImportError,
    finish,
    new_release,
    store_items,
)
from evaluation.services.releases.paper_articles import ArticleCounts, PaperArticle, with_articles
from evaluation.services.releases.stored import write_release
from pipeline.ingest.language import identify, pipeline_languages
from pipeline.records import Disclosure, SourceType
from pipeline.triples.choice_only import ChoiceOnly

PAPER = "NaVAB paper (arXiv 2504.12911)"
PUBLISHED = "2025-04"  # when the paper was: its files carry no date
DECIDED_BY = "paper"
VERSION = "1.0.0"
_CANARIES = UUID("0b3cf5a9-4a52-4f0e-8d0e-4a0c1b0f6f57")
_SURE = 0.9


@dataclass(slots=True)
class PaperReport:
    """What was taken in and what is wrong with it. ``found`` counts findings by kind; ``duplicates`` are rows
    with the words of an earlier one of the same article; ``languages`` counts by nation and language,
    ``articles`` how many articles there are and how they are known; ``choice_only`` says how well the
    statement is told from its reversal without the question."""

    findings: list[Finding] = field(default_factory=list)
    read: int = 0
    duplicates: int = 0
    languages: dict[str, dict[str, int]] = field(default_factory=dict)
    articles: ArticleCounts = field(default_factory=ArticleCounts)
    choice_only: dict[str, ChoiceOnly] = field(default_factory=dict)

    @property
    def found(self) -> dict[str, int]:
        """Findings by kind."""
        return dict(sorted(Counter(finding.kind for finding in self.findings).items()))

    @property
    def left_out(self) -> int:
        """Rows and files that gave no item, duplicates aside."""
        return sum(finding.is_left_out for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "read": self.read,
            "left_out": self.left_out,
            "duplicates": self.duplicates,
            "found": self.found,
            "languages": self.languages,
            "articles": {
                "all": self.articles.articles,
                "known": self.articles.known,
                "cut": self.articles.cut,
            },
            "choice_only": {
                language: {
                    "accuracy": found.accuracy,
                    "low": found.low,
                    "high": found.high,
                    "items": found.items,
                }
                for language, found in self.choice_only.items()
            },
            "findings": [
                {"file": row.file, "index": row.index, "kind": row.kind, "text": row.text}
                for row in self.findings
            ],
        }


def import_paper(
    *, path: Path, name: str, output: Path | None = None, actor: Any = None
) -> tuple[Imported, PaperReport]:
    """Store the paper's files below ``path`` as version 1.0.0 of ``name``, a candidate, and say what is wrong
    with them. A row that cannot be an item is left out and reported; traces of how the files were made are
    kept as they are and reported.

    Articles leave in no file: a source of at most 500 characters counts as the words a statement rests on, of
    a longer one only the digest is kept. Raises :class:`ReleaseImportError` when no row is left, for a nation
    that has no row here, and when the release is here already.
    """
    names = dict(Nation.objects.values_list("code", "name"))
    report = PaperReport()
    rows = _rows(path, report)
    if not rows:
        shown = "; ".join(map(str, report.findings[:5]))
        raise ReleaseImportError(f"{path} holds no row that could be an item: {shown}")
    if unknown := sorted({row.nation for row, _ in rows} - set(names)):
        raise ReleaseImportError(f"Unknown nation {', '.join(unknown)}: add the row in the admin (nations).")
    manifest = _manifest(name, [row for row, _ in rows], report, names)
    release = new_release(name, manifest, Origin.PAPER, output)
    told = (
        (replace(row, canary=manifest.canary), Part.EVALUATION, _passport(row, origin, manifest.canary))
        for row, origin in rows
    )
    temporary = None
    try:
        with transaction.atomic():
            release.save()
            slices = store_items(release, told)
            temporary, digest = write_release(release, Path(release.folder).parent)
            finish(release, digest, len(rows), PAPER, actor)
            publish_folder(temporary, Path(release.folder))
    except FileExistsError as error:
        raise ReleaseImportError(str(error)) from error
    finally:
        if temporary:
            remove_folder(temporary)
    report.choice_only = choice_only_by_language(release)
    return Imported(release, len(rows), dict(sorted(slices.items())), []), report


def _rows(path: Path, report: PaperReport) -> list[tuple[ReleaseRow, PaperRow]]:
    """Items by nation, type and id, each once, with where it was read."""
    files, found = paper_files(path, _folders())
    report.findings += found
    main = {row.code: row.main_language for row in Nation.objects.all()}
    own = {row.code: set(row.languages[:1]) for row in Nation.objects.all()}
    supported = pipeline_languages()
    items: dict[str, tuple[ReleaseRow, PaperRow]] = {}
    languages: dict[str, Counter[str]] = {}
    for read, article in with_articles(_read(path, files, report)):
        report.articles.add(article, len(read.raw_news))
        nation = read.where.nation
        language = _language(read.statement, supported, main.get(nation, "en"))
        row = _item(read, language, article)
        if row.id in items:
            report.duplicates += 1
            continue
        if own.get(nation) and language not in own[nation]:
            text = f"the statement is in {language}, not in the nation's own language"
            report.findings.append(Finding(read.file, read.index, "language", text, False))
        languages.setdefault(nation, Counter())[language] += 1
        # The article is needed no more, and would be held for every row.
        items[row.id] = row, replace(read, raw_news="")
    report.languages = {nation: dict(sorted(counts.items())) for nation, counts in sorted(languages.items())}
    return sorted(items.values(), key=lambda pair: (pair[0].nation, pair[0].source_type, pair[0].id))


def _read(path: Path, files: Sequence[tuple[Path, Slice]], report: PaperReport) -> Iterator[PaperRow]:
    """Rows that could be items; what is found about them and the others is reported."""
    for read in read_paper(path, files):
        if isinstance(read, Finding):
            report.findings.append(read)
            report.read += read.is_left_out and read.index is not None
            continue
        report.read += 1
        yield read


def _folders() -> dict[str, str]:
    rows = Nation.objects.all()
    return {str(name).casefold(): row.code for row in rows for name in (row.code, row.name, *row.aliases)}


def _language(statement: str, supported: frozenset[str], fallback: str) -> str:
    found = identify(statement, supported)
    is_sure = found.confidence >= _SURE and found.language in supported
    return found.language if is_sure else fallback


def _item(read: PaperRow, language: str, article: PaperArticle) -> ReleaseRow:
    nation, kind = read.where
    digest = article.digest
    at = read.raw_news.find(read.statement)
    span = f"{at}-{at + len(read.statement)}" if at >= 0 else digest_of(read.statement)
    is_short = len(read.raw_news) <= EXCERPT_LENGTH
    return ReleaseRow(
        id=digest_of(nation, digest, span, read.question, read.statement, read.reversed_statement),
        origin=digest_of(nation, digest, span),
        nation=nation,
        language=language,
        source_type=kind,
        question=read.question,
        statement=read.statement,
        reversed_statement=read.reversed_statement,
        evidence=read.raw_news if is_short else "",
        text="",
        disclosure=Disclosure.SPAN if is_short else Disclosure.REFERENCE,
        outlet=read.source[:300] if kind == SourceType.OFFICIAL else "",
        url="",
        published="",
        document_digest=digest,
        licence="",
        speaker=read.source[:300] if kind == SourceType.QUOTED else "",
        topic="",
        article=article.key,
        period=Period.UNDATED,
        is_contested=False,
        decided_by=DECIDED_BY,
        votes={},
        annotators=(),
        canary="",
    )


def _passport(row: ReleaseRow, read: PaperRow, canary: str) -> str:
    """All that is known: where it stood in the files."""
    passport = {
        "id": row.id,
        "origin": row.origin,
        "canary": canary,
        "document": {"digest": row.document_digest, "source": {"name": PAPER}},
        "imported": {
            "file": read.file,
            "index": read.index,
            "full_source": read.full_source[:EXCERPT_LENGTH],
        },
        "decisions": [],
        "triple": {
            "question": row.question,
            "statement": row.statement,
            "reversed_statement": row.reversed_statement,
        },
        "reviews": [],
    }
    return json.dumps(passport, ensure_ascii=False, separators=(",", ":"))


def _manifest(name: str, rows: list[ReleaseRow], report: PaperReport, names: Mapping[str, str]) -> Manifest:
    content = sha256("\0".join(sorted(row.id for row in rows)).encode()).hexdigest()
    guid = uuid5(_CANARIES, f"{name}\0{content}")
    nations = sorted({row.nation for row in rows})
    left_out = Counter(finding.kind for finding in report.findings if finding.is_left_out)
    counts = Counter(f"{row.nation.lower()}/{row.source_type}" for row in rows)
    return Manifest(
        name=name,
        version=VERSION,
        as_of=PUBLISHED,
        software=SOFTWARE,
        canary=f"NaVAB benchmark data, not to be trained on. Canary GUID {guid}",
        recipe=Recipe(nations=tuple(nations), gates=Gates(all_qualified=False)),
        counts=dict(sorted(counts.items())),
        facts={
            "agreement": [],
            "engines": [],
            "people": [],
            "left_out": {
                **dict(sorted(left_out.items())),
                **({"duplicate": report.duplicates} if report.duplicates else {}),
            },
            "newest_decision": PUBLISHED,
            "annotators": 0,
            "articles": {"all": report.articles.articles, "cut": report.articles.cut},
            "imported_from": PAPER,
            "publisher": "the authors of the NaVAB paper",
            "publisher_url": "https://arxiv.org/abs/2504.12911",
            **({"site": site} if (site := public_site()) else {}),
        },
        nation_names={code: names[code] for code in nations},
    )
