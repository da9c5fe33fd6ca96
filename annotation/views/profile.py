"""A person's own settings: language, what one chooses to tell, and leaving."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotation.services.people.erasure import erase_person
from annotation.services.people.mail import site_language
from annotation.views.account import remember_language
from annotation.views.people import label_language, person_of

_DECADES = [(str(year), f"{year}–{year + 9}") for year in range(1930, 2010, 10)]
_EDUCATION = [
    ("school", gettext_lazy("school")),
    ("vocational", gettext_lazy("vocational training")),
    ("university", gettext_lazy("university")),
]
_GENDERS = [
    ("female", gettext_lazy("female")),
    ("male", gettext_lazy("male")),
    ("other", gettext_lazy("another")),
]
_NOTHING = ("", gettext_lazy("I do not tell"))


class ProfileForm(forms.Form):
    """Language, and demographics of which every part is optional."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language of pages, tasks and mails"),
        choices=[(code.split("-")[0], name) for code, name in settings.LANGUAGES],
    )
    birth_decade = forms.ChoiceField(
        label=gettext_lazy("Born in"), required=False, choices=[_NOTHING, *_DECADES]
    )
    gender = forms.ChoiceField(label=gettext_lazy("Gender"), required=False, choices=[_NOTHING, *_GENDERS])
    education = forms.ChoiceField(
        label=gettext_lazy("Education"), required=False, choices=[_NOTHING, *_EDUCATION]
    )
    region = forms.CharField(label=gettext_lazy("Region"), required=False, max_length=80)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change one's own settings."""
    person = person_of(request)
    initial = {**person.demographics, "language": person.language or label_language()}
    form = ProfileForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        told = dict(form.cleaned_data)
        person.language = told.pop("language")
        person.demographics = {name: value for name, value in told.items() if value}
        person.save(update_fields=["language", "demographics"])
        code = site_language(person.language)
        with translation.override(code):
            messages.success(request, _("Your settings are kept."))
        return remember_language(redirect("annotation:profile"), code)
    return render(request, "annotation/profile.html", {"form": form}, status=400 if form.errors else 200)


@login_required
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Erase oneself, once the own login name was typed to confirm it."""
    if request.POST.get("confirm", "") != request.user.get_username():
        messages.error(request, _("Nothing was erased: type your login name to confirm."))
        return redirect("annotation:profile")
    person = person_of(request)
    erase_person(person)
    logout(request)
    messages.success(request, _("You have been erased. Your answers stay, without your name."))
    return redirect("login")
