"""Inquiries: annotators ask, curators answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Inquiry, Nation, Person, Review
from annotation.services.people.mail import mail_person

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


def inquiries_of(user: Any, limit: int = 20) -> list[Inquiry]:
    """What a person has asked, answers the person has not seen first, then the newest."""
    is_news = Q(read_at=None) & ~Q(answer="")
    rows = Inquiry.objects.filter(asked_by=user).select_related("nation")
    return list(rows.order_by(Case(When(is_news, then=0), default=1), "-pk")[:limit])


def mark_answers_seen(inquiries: Iterable[Inquiry]) -> None:
    """The person has been shown these and the answers to them."""
    seen = [inquiry.pk for inquiry in inquiries if inquiry.answer and inquiry.read_at is None]
    if seen:
        Inquiry.objects.filter(pk__in=seen).update(read_at=timezone.now())
