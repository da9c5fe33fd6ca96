"""The sample a reader judges statements by."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories

pytestmark = pytest.mark.django_db


def sample(*arguments: str) -> str:
    out = StringIO()
    call_command("sample_statements", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def rows(*arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in sample("--json", *arguments).splitlines()]


@pytest.fixture
def statements():
    for code, count in (("GB", 9), ("DE", 9), ("FR", 2)):
        factories.StatementFactory.create_batch(count, document__nation=factories.nation(code))
    factories.StatementFactory(status="rejected", document__nation=factories.nation("CN"))


@pytest.mark.usefixtures("statements")
def test_languages_share_the_sample_and_make_up_for_one_that_lacks():
    languages = [row["language"] for row in rows("-n", "12")]

    assert languages == ["de"] * 5 + ["en"] * 5 + ["fr"] * 2


@pytest.mark.usefixtures("statements")
def test_same_seed_draws_the_same_and_another_seed_others():
    first, again, other = (rows("-n", "6", "--seed", seed) for seed in ("1", "1", "2"))

    assert first == again != other


@pytest.mark.usefixtures("statements")
def test_evidence_is_shown_marked_in_its_article():
    text = sample("-n", "1", "--language", "en")

    assert text.startswith("1. [GB en] The council must protect the park number ")
    assert ">>The council must protect the park number " in text
    assert "<< It rained on Monday. ..." in text
    assert "quoted, Ann Smith | Outlet " in text


@pytest.mark.usefixtures("statements")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-n", "0"), "-n must be at least 1"),
        (("--nation", "XX"), "unknown nation XX; there are CN, DE, FR, GB, US"),
        (("--language", "it"), "unknown language it; there are de, en, fr"),
    ],
)
def test_bad_options_are_clear_errors(arguments: tuple[str, ...], message: str):
    with pytest.raises(CommandError, match=message):
        sample(*arguments)


def test_without_statements_it_says_so():
    error = StringIO()
    call_command("sample_statements", stdout=StringIO(), stderr=error)

    assert "there are no statements yet" in error.getvalue()
