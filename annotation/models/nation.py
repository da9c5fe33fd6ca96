"""Nations and the outlets that speak in them."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from pipeline.records import OutletKind


class Nation(models.Model):
    """A nation whose values are described. Another nation is another row, not a change of code."""

    nation_path = "pk"

    code = models.CharField(
        primary_key=True,
        max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters (ISO 3166-1 alpha-2).")],
        help_text="ISO 3166-1 alpha-2 code, for example CN.",
    )
    name = models.CharField(max_length=80, unique=True)
    aliases = models.JSONField(
        default=list, blank=True, help_text="Other names accepted at import, for example UK or china."
    )
    languages = models.JSONField(help_text='ISO 639-1 codes, main language first, for example ["zh", "en"].')
    script = models.CharField(max_length=4, help_text="ISO 15924 code of the main script, for example Hans.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def main_language(self) -> str:
        """Language annotators of this nation read first."""
        return self.languages[0]


class Outlet(models.Model):
    """A newspaper, agency, ministry, parliament or party that publishes."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="outlets")
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=choices_of(OutletKind), default=OutletKind.UNKNOWN)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["nation", "name"]
        constraints = [
            models.UniqueConstraint(fields=["nation", "name"], name="outlet_once_per_nation"),
            models.CheckConstraint(condition=value_in("kind", OutletKind), name="outlet_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="outlet_named"),
        ]

    def __str__(self) -> str:
        return self.name
