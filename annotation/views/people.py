"""What the views of annotators share: who is asking, in which language the labels are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language

from annotation.models import Person


def person_of(request: HttpRequest) -> Person:
    """The person who is asking; made for a user who has no place in the project yet."""
    return Person.objects.get_or_create(user=request.user)[0]


def label_language() -> str:
    """The language of the present request as the screens and guidelines name it: two letters."""
    return (get_language() or "en").split("-")[0]


def nation_or_404(request: HttpRequest, code: str) -> Any:
    """A nation the person works for. Raises ``Http404`` for any other."""
    return get_object_or_404(person_of(request).nations, pk=code)
