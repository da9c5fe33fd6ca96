"""Admin of nations and outlets: the tables people may edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm

from annotation.admin.base import FlowAdmin, NationFilter
from annotation.models import Nation, Outlet


class NationForm(ModelForm):
    """Checks the two lists, which a JSON field does not."""

    class Meta:
        model = Nation
        fields = ["code", "name", "aliases", "languages", "script"]

    def clean_languages(self) -> list[str]:
        """At least one language code."""
        languages = self.cleaned_data["languages"]
        if not languages or not _are_names(languages):
            raise ValidationError('Give a list of codes, main language first: ["zh", "en"].')
        return languages

    def clean_aliases(self) -> list[str]:
        """Names only."""
        aliases = self.cleaned_data["aliases"] or []
        if not _are_names(aliases):
            raise ValidationError('Give a list of names, for example ["UK", "Great Britain"].')
        return aliases


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


@admin.register(Nation)
class NationAdmin(FlowAdmin):
    """Nations: another one is another row here."""

    form = NationForm
    list_display = ["code", "name", "languages", "script"]
    search_fields = ["code", "name"]

    def flow_links(self, row: Nation) -> list[tuple[str, str, str]]:
        """What the nation has."""
        query = f"nation={row.pk}"
        pages = ("outlet", "document", "topic", "statement", "conflict", "triple", "decision")
        return [(f"{page.capitalize()}s", f"annotation_{page}", query) for page in pages]


@admin.register(Outlet)
class OutletAdmin(FlowAdmin):
    """Who publishes, and with what kind of voice."""

    list_display = ["name", "nation", "kind"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "kind"]
    search_fields = ["name"]
    autocomplete_fields = ["nation"]

    def flow_links(self, row: Outlet) -> list[tuple[str, str, str]]:
        """Its documents."""
        return [("Documents", "annotation_document", f"outlet__id__exact={row.pk}")]
