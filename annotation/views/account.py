"""Logging in, in one's own language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from annotation.models import Person
from annotation.services.people.mail import site_language

_YEAR = 365 * 24 * 3600


class PersonLoginView(LoginView):
    """Login that turns the pages into the language set for the person, where one is set."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in, then remember the language."""
        response = super().form_valid(form)
        person = Person.objects.filter(user=form.get_user()).first()
        if person is None or not person.language:
            return response
        return remember_language(response, site_language(person.language))


def remember_language(response: HttpResponse, code: str) -> HttpResponse:
    """Have the pages in a language (a code of ours) from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response
