"""Inquiries: annotators ask, curators answer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Inquiry, Nation, Person, Review
from annotation.services.mail import mail_person

LONGEST = 4000


def ask(*, person: Person, nation: Nation, text: str, review: Review | None = None) -> Inquiry:
    """Put a question to the curators of a nation. Raises ``ValueError`` for an empty or foreign one."""
    if not text.strip():
        raise ValueError("an inquiry needs a text")
    if not person.nations.filter(pk=nation.pk).exists():
        raise ValueError(f"{person} does not work for {nation.pk}")
    if review is not None and review.nation_id != nation.pk:
        raise ValueError(f"review {review.pk} is not of {nation.pk}")
    return Inquiry.objects.create(
        nation=nation, asked_by=person.user, review=review, text=text.strip()[:LONGEST]
    )


def answer(inquiry: Inquiry, *, curator: Any, text: str) -> Inquiry:
    """Answer an inquiry, and tell by mail who asked. Raises ``ValueError`` for an empty or second answer."""
    if not text.strip():
        raise ValueError("an answer needs a text")
    with transaction.atomic():
        changed = Inquiry.objects.filter(pk=inquiry.pk, answer="").update(
            answer=text.strip()[:LONGEST], answered_by=curator, answered_at=timezone.now()
        )
    if not changed:
        raise ValueError("it has been answered meanwhile")
    inquiry.refresh_from_db()
    mail_person(
        inquiry.asked_by,
        lambda: (_("Your question was answered"), f"{inquiry.text}\n\n{inquiry.answer}"),
    )
    return inquiry


def mark_answers_seen(user: Any) -> int:
    """The person has seen the answers there are."""
    return (
        Inquiry.objects.filter(asked_by=user, read_at=None).exclude(answer="").update(read_at=timezone.now())
    )
