"""Forms of the conflict workbench: what a curator sends."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.services.curation.resolution import GroupOutcome
from annotation.services.curation.triage import NotDoneError
from pipeline.records import ConflictOutcome


class _NoteForm(forms.Form):
    """What every act on the page carries."""

    seen = forms.CharField(max_length=40)
    note = forms.CharField(max_length=2000, required=False)


class EdgeForm(_NoteForm):
    """A verdict on one edge."""

    edge = forms.IntegerField(min_value=1)
    outcome = forms.ChoiceField(
        choices=[(o, o) for o in ConflictOutcome],
        error_messages={"required": "Choose how the conflict ends."},
    )


class GroupForm(_NoteForm):
    """A verdict on the whole group."""

    outcome = forms.ChoiceField(
        choices=[(o, o) for o in GroupOutcome], error_messages={"required": "Choose how the conflict ends."}
    )
    overrule = forms.BooleanField(required=False)


class TakeBackForm(_NoteForm):
    """The way back, of one edge or, without one, of the verdicts on the group."""

    edge = forms.IntegerField(min_value=1, required=False)


def valid(form: forms.Form) -> dict[str, Any]:
    """What a form holds; raises :class:`NotDoneError` with all that is wrong with it."""
    if not form.is_valid():
        raise NotDoneError(
            " ".join(
                message if name == "outcome" else f"{name}: {message}"
                for name, found in form.errors.items()
                for message in found
            )
        )
    return form.cleaned_data
