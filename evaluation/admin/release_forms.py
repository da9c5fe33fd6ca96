"""Forms of the releases' admin: a recipe to follow, and why a release is withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from annotation.models import Nation
from annotation.models.person import nations_of
from evaluation.models import Release
from evaluation.publishing.recipe import Balance, Gates, Recipe, RecipeError
from evaluation.publishing.rows import RELEASED_TYPES

_PLAIN = (
    "source_types", "published_from", "published_to", "with_contested", "conflict_reduction", "balance",
    "slice_size", "recent_from",
)  # fmt: skip
_GATES = ("max_outlet_share", "max_year_share", "min_items", "min_alpha", "all_qualified")


def _choose(label: str, choices: Any, **options: Any) -> forms.MultipleChoiceField:
    widget = UnfoldAdminCheckboxSelectMultipleWidget()
    return forms.MultipleChoiceField(label=label, choices=choices, widget=widget, **options)


def _day(label: str, help_text: str = "") -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "2024-01-31"})
    return forms.CharField(label=label, required=False, max_length=10, help_text=help_text, widget=widget)


def _share(label: str, help_text: str, low: float = 0, high: float = 1) -> forms.FloatField:
    return forms.FloatField(
        label=label, required=False, min_value=low, max_value=high, help_text=help_text,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
    )  # fmt: skip


def _number(label: str, help_text: str, low: int = 1, **options: Any) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget()
    return forms.IntegerField(
        label=label, required=False, min_value=low, help_text=help_text, widget=widget, **options
    )


def _switch(label: str, help_text: str) -> forms.BooleanField:
    widget = UnfoldBooleanSwitchWidget()
    return forms.BooleanField(label=label, required=False, initial=True, help_text=help_text, widget=widget)


class MakeReleaseForm(forms.Form):
    """A recipe's fields. What is left empty is not asked for; nations left empty are all of the person's."""

    name = forms.CharField(
        max_length=60,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Small letters, digits, dot, dash, underscore. A name that is there gets its next version.",
    )
    nations = _choose("Nations", (), required=False, help_text="None chosen: all you work for.")
    source_types = _choose("Types", [(str(kind), str(kind)) for kind in RELEASED_TYPES])
    published_from = _day("Published from", "With either end, undated items are left out.")
    published_to = _day("Published to")
    with_contested = _switch("Contested items", "Also those on which the nation itself is divided.")
    conflict_reduction = _switch(
        "Conflict reduction", "Off takes what conflict reduction set aside, too: the ablation."
    )
    balance = _choose("Balance", [(str(rule), str(rule)) for rule in Balance], required=False)
    slice_size = _number("Slice size", "At most so many items per nation and type.")
    recent_from = _day("Recent from", "First day of the temporal slice.")
    holdout_share = _share("Held back", "Share of the items that never leaves the server.", high=0.99)
    preference_share = _share("Preference pairs", "Share of the items, as pairs to train on.", high=0.99)
    seed = _number("Seed", "Of every draw.", low=0, initial=0)
    max_outlet_share = _share("Gate: largest share of an outlet", "Of a slice, from 0 to 1.")
    max_year_share = _share("Gate: largest share of a year", "Of a slice, from 0 to 1.")
    min_items = _number("Gate: number of items", "At least so many in every slice.")
    min_alpha = _share("Gate: Krippendorff's alpha", "At least, in every nation.")
    all_qualified = _switch("Gate: all qualified", "Somebody qualified decided every item.")
    override = forms.CharField(
        label="Override the gates",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Why it may fail its gates all the same; printed in its data card if it does.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        """``user`` makes the release, of nations the user works for."""
        super().__init__(*args, **kwargs)
        self._own = nations_of(user)
        nations = Nation.objects.for_user(user).order_by("code")
        self.fields["nations"].choices = [(nation.code, f"{nation.code} {nation.name}") for nation in nations]
        self.fields["source_types"].initial = [str(kind) for kind in RELEASED_TYPES]

    def clean_name(self) -> str:
        """As the table has it."""
        name: str = self.cleaned_data["name"]
        Release._meta.get_field("name").clean(name, None)
        return name

    def clean(self) -> dict[str, Any]:
        """With ``recipe``. What a recipe refuses stands at its field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        nations = data["nations"] or self._own or []
        if self._own is not None and not nations:
            raise forms.ValidationError("You work for no nation.")
        try:
            data["recipe"] = Recipe(
                nations=tuple(nations),
                **{name: _tuple(data[name]) for name in _PLAIN},
                **{name: data[name] or 0.0 for name in ("holdout_share", "preference_share")},
                seed=data["seed"] or 0,
                gates=Gates(**{name: data[name] for name in _GATES}),
            )
        except RecipeError as error:
            field = str(error).split()[0].removeprefix("gates.")
            self.add_error(field if field in self.fields else None, str(error))
        return data


class WithdrawForm(forms.Form):
    """Why a release is no longer to be used."""

    reason = forms.CharField(
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Shown on its page and kept in its history.",
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
