"""Logging in, in one's own language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from annotation.models import Person

_YEAR = 365 * 24 * 3600


class PersonLoginView(LoginView):
    """Login that turns the pages into the language set for the person, where one is set."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in, then remember the language."""
        response = super().form_valid(form)
        person = Person.objects.filter(user=form.get_user()).first()
        language = {"zh": "zh-hans"}.get(person.language, person.language) if person else ""
        if language in dict(settings.LANGUAGES):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response
