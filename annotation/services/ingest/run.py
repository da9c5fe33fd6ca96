"""Ingest: files become documents, copies linked to what they repeat, refused rows kept with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from annotation.models import Nation, Run, Source
from annotation.services.ingest.rows import Batch, prepare, unknown_rows
from annotation.services.ingest.store import store_batch
from annotation.services.stages.base import close_run, open_run
from pipeline.ingest import VERSION
from pipeline.ingest.article import FIELDS, Reading, field_names
from pipeline.ingest.inputs import Format, Input, find_inputs
from pipeline.ingest.language import pipeline_languages
from pipeline.ingest.rows import MAX_LINE, BadRow, Meter, Row, UnreadableInputError
from pipeline.records import Disclosure, Engine, OutletKind

BATCH = 500
Progress = Callable[[str, int, int], None]  # source's name, bytes read, bytes in all


class IngestError(ValueError):
    """The call itself is wrong: a missing path, an unknown nation. Nothing has been read."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What to take for rows that do not say, and how to read them.

    ``field_map`` gives a field the name it has in the files; ``max_line`` is in bytes; ``disclosure`` is kept
    with a new source, while one read before keeps its own.
    """

    nation: str = ""
    language: str = ""
    outlet: str = ""
    outlet_kind: str = ""
    licence: str = ""
    disclosure: Disclosure = Disclosure.SPAN
    field_map: dict[str, str] = field(default_factory=dict)
    require_date: bool = False
    format: Format = Format.AUTO
    max_line: int = MAX_LINE


@dataclass(slots=True)
class IngestSummary:
    """Counts of rows: ``read == accepted + duplicates + rejected``.

    ``known`` rows were there before; they count as duplicates and add nothing. ``by_source`` holds the same
    counts per source.
    """

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    known: int = 0
    language_mismatch: int = 0
    by_source: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, source: str, counts: Counter[str]) -> None:
        """Count a batch."""
        self.by_source.setdefault(source, Counter()).update(counts)
        for name, number in counts.items():
            setattr(self, name, getattr(self, name) + number)

    @property
    def empty_sources(self) -> list[str]:
        """Sources that held no row at all."""
        return [name for name, counts in self.by_source.items() if not counts["read"]]

    def counts(self) -> Counter[str]:
        """All counts by name, zeros too."""
        names = ("read", "accepted", "duplicates", "rejected", "known", "language_mismatch")
        return Counter({name: getattr(self, name) for name in names})


def ingest_files(
    paths: Sequence[Path], *, options: IngestOptions, progress: Progress | None = None
) -> IngestSummary:
    """Read ``paths`` into sources, documents and rejected rows; running it again adds nothing.

    Each batch is one transaction and rows are known by content, so that a stop at any moment resumes. Raises
    :class:`IngestError` before anything is read when a path or an option is wrong.
    """
    reading, supported = _reading(options)
    try:
        inputs = find_inputs(paths, options.format)
    except (FileNotFoundError, UnreadableInputError) as error:
        raise IngestError(str(error)) from None
    run = open_run("ingest", VERSION, Engine.RULES, None, sources=[_stored(source.name) for source in inputs])
    summary = IngestSummary()
    done, total = 0, sum(source.size for source in inputs)
    try:
        for source in inputs:
            for meter in _ingest_source(source, options, reading, supported, summary):
                if progress is not None:
                    progress(source.name, min(done + meter.done, total), total)
            done += source.size
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        status = Run.Status.STOPPED if stopped else Run.Status.FAILED
        close_run(run, summary.counts(), status, f"{type(error).__name__}: {error}")
        raise
    close_run(run, summary.counts())
    return summary


def _reading(options: IngestOptions) -> tuple[Reading, frozenset[str]]:
    """How rows are read under ``options``, and the languages there are."""
    rows = list(Nation.objects.order_by("code"))
    names = {str(name).casefold(): row.code for row in rows for name in (row.name, *row.aliases, row.code)}
    supported = pipeline_languages().union(*(row.languages for row in rows))
    defaults = {"outlet": options.outlet, "licence": options.licence, "language": options.language}
    if options.nation and options.nation.casefold() not in names:
        known = ", ".join(row.code for row in rows) or "none: load them first"
        raise IngestError(f"nation {options.nation!r} is unknown (known: {known})")
    if options.language and options.language.casefold() not in supported:
        raise IngestError(
            f"language {options.language!r} is not supported (supported: {', '.join(sorted(supported))})"
        )
    if options.outlet_kind and options.outlet_kind not in list(OutletKind):
        raise IngestError(f"outlet kind {options.outlet_kind!r} is not one of {', '.join(OutletKind)}")
    if options.max_line < 1:
        raise IngestError("the longest line allowed must be at least one byte")
    try:
        mapped = field_names(options.field_map) if options.field_map else FIELDS
    except ValueError as error:
        raise IngestError(str(error)) from None
    defaults |= {"nation": options.nation, "outlet_kind": options.outlet_kind}
    languages = {row.code: row.main_language for row in rows}
    return Reading(names, languages, mapped, defaults, options.require_date), supported


def _ingest_source(
    source: Input,
    options: IngestOptions,
    reading: Reading,
    supported: frozenset[str],
    summary: IngestSummary,
) -> Iterator[Meter]:
    """Read one source batch by batch; yields after each."""
    meter = Meter()
    row, _ = Source.objects.get_or_create(
        name=_stored(source.name),
        digest=source.digest(),
        defaults={
            "format": source.format.value,
            "licence": options.licence[:300],
            "disclosure": options.disclosure,
        },
    )
    seen: Counter[bytes] = Counter()
    rows = source.rows(max_line=options.max_line, meter=meter)
    position = 0
    summary.add(source.name, Counter())
    yield meter
    while chunk := list(islice(rows, BATCH)):
        batch = _prepared(chunk, position, reading, seen)
        position += len(chunk)
        unknown_rows(batch)
        prepare(batch, supported, reading)
        summary.add(source.name, store_batch(row, batch))
        yield meter


def _prepared(chunk: Sequence[Row | BadRow], before: int, reading: Reading, seen: Counter[bytes]) -> Batch:
    batch = Batch()
    for number, row in enumerate(chunk, start=before + 1):
        # Of a folder of texts the position is the file's, else the line's.
        batch.take(row, number if row.file else row.line, reading, seen)
    return batch


def _stored(name: str) -> str:
    """A file's name as the database can hold it."""
    return name.encode("utf-8", "replace").decode("utf-8")[:500]
