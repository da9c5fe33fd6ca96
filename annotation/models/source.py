"""Sources (files read), the documents they gave, and the rows they could not give."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.nation import Nation, Outlet
from pipeline.records import DatePrecision, Disclosure


class Source(models.Model):
    """A file or folder that was read, known by its name and the digest of its content."""

    name = models.CharField(max_length=500)
    format = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    licence = models.CharField(max_length=300, blank=True)
    disclosure = models.CharField(
        max_length=10,
        choices=choices_of(Disclosure),
        default=Disclosure.SPAN,
        help_text="How much of its documents a release may carry, by its licence.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name", "digest"], name="source_once"),
            models.CheckConstraint(
                condition=value_in("disclosure", Disclosure), name="source_disclosure_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(NationQuerySet):
    """Which documents."""

    def originals(self) -> DocumentQuerySet:
        """Documents that repeat no other."""
        return self.filter(duplicate_of=None)

    def pending(self, stage: str, version: str) -> DocumentQuerySet:
        """Originals this version of a stage has not finished."""
        from annotation.models.run import Derivation

        done = Derivation.objects.finished(stage, version).filter(document=models.OuterRef("pk"))
        return self.originals().filter(~models.Exists(done))


class Document(models.Model):
    """A cleaned article with what is known of its origin. Never edited after import."""

    class DuplicateKind(models.TextChoices):
        """How a document repeats another."""

        EXACT = "exact"
        NEAR = "near"

    source = models.ForeignKey(Source, models.PROTECT, related_name="documents")
    position = models.PositiveBigIntegerField(help_text="Line or row in the source, from 1.")
    row_key = models.CharField(
        max_length=40, unique=True, help_text="Digest of the whole cleaned row and its count within the file."
    )
    external_id = models.CharField(max_length=300, blank=True)
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="documents")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, blank=True, related_name="documents")
    language = models.CharField(max_length=3, help_text="As identified from the text.")
    claimed_language = models.CharField(max_length=3, blank=True, help_text="As the source says.")
    title = models.TextField(blank=True)
    text = models.TextField()
    text_digest = models.CharField(
        max_length=40, db_index=True, help_text="Of the normalised text: equal for exact copies."
    )
    url = models.TextField(blank=True)
    licence = models.CharField(max_length=300, blank=True)
    speaker = models.CharField(max_length=300, blank=True, help_text="As the source says, not inferred.")
    party = models.CharField(max_length=200, blank=True)
    published = models.DateField(null=True, blank=True)
    date_precision = models.CharField(max_length=5, choices=choices_of(DatePrecision), blank=True)
    metadata = models.JSONField(
        default=dict, blank=True, help_text="Further fields of the row, as they came."
    )
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    duplicate_kind = models.CharField(max_length=5, choices=DuplicateKind.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["nation", "language", "duplicate_of"])]
        constraints = [
            models.UniqueConstraint(
                fields=["nation", "language", "text_digest"],
                condition=Q(duplicate_of=None),
                name="document_text_original_once",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="document_text_not_empty"),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="document_not_its_own_duplicate"),
            models.CheckConstraint(
                condition=Q(duplicate_of=None, duplicate_kind="")
                | Q(duplicate_of__isnull=False, duplicate_kind__in=["exact", "near"]),
                name="document_duplicate_kind_iff_duplicate",
            ),
            models.CheckConstraint(
                condition=Q(published=None, date_precision="")
                | (Q(published__isnull=False) & value_in("date_precision", DatePrecision)),
                name="document_date_has_precision",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.text[:60]


class DocumentBand(models.Model):
    """A band of a document's MinHash signature: documents sharing one may be near copies."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="bands")
    band = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "band"], name="document_band_once")]

    def __str__(self) -> str:
        return f"band {self.band} of document {self.document_id}"


class RejectedRow(models.Model):
    """A row that could not become a document: where it stands, why, and how it begins."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="rejected_rows")
    file = models.CharField(max_length=500)
    line = models.PositiveBigIntegerField(help_text="Line or row in the file, from 1.")
    reason = models.CharField(max_length=500)
    excerpt = models.TextField(blank=True, help_text="At most 500 characters of the row.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "file", "line", "reason"], name="rejected_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"
