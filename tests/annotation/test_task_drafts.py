"""What annotators are shown of a decision."""

from __future__ import annotations

import pytest

from annotation.models import Review
from annotation.services.task_drafts import RELATED, task_drafts
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("CN", "可能代表国家发言"),
        ("DE", "spricht möglicherweise für den Staat"),
        ("FR", "parle peut-être au nom de l'État"),
        ("GB", "may speak for the state"),
    ],
)
def test_office_holder_is_told_to_annotators_in_their_language(code: str, mark: str) -> None:
    nation = factories.nation(code)
    for value in ({"speaker": "Ada Young", "is_office_holder": True}, {"speaker": "Ada Young"}):
        document = factories.DocumentFactory(
            nation=nation, outlet=None, title="", published=None, date_precision=""
        )
        statement = factories.StatementFactory(document=document, nation=nation, speaker="Young")
        decision = factories.DecisionFactory(
            kind="attribution", statement=statement, label="quoted", value=value
        )
        factories.ReviewFactory(decision=decision)

    marked, plain = task_drafts(Review.objects.select_related(*RELATED).order_by("pk"))

    assert marked.exhibits[0].origin == f"Ada Young ({mark})"
    assert plain.exhibits[0].origin == "Young"
