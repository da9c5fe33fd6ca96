"""The page that compares two releases, on releases made from the record."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from annotation.services.curation.triage import reject_statement
from evaluation.models import LIKELIHOODS, Answer, CandidateModel, EvalRun
from evaluation.publishing.verify import verify
from evaluation.services.figures.sheets import keep_control
from evaluation.services.releases.make import make_release
from evaluation.services.runs.summary import summarise_run
from tests import factories
from tests.evaluation.gold import approve, approved_corpus, waiting_triple
from tests.queries import queries

pytestmark = pytest.mark.django_db
ALL = ("CN", "DE", "FR", "GB", "US")
OLD, NEW = "harbour@1.0.0", "harbour@2.0.0"


def add_british(*numbers):
    people = User.objects.filter(username__startswith="secret.name")
    for n in numbers:
        approve(waiting_triple("GB", n), dict.fromkeys(people, "valid"))


@pytest.fixture
def versions(tmp_path):
    """Two versions: a French item has gone, three British ones have come."""
    triples = approved_corpus(per_slice=1)
    old = make_release(name="harbour", output=tmp_path)
    (gone,) = [triple for triple in triples if triple.nation_id == "FR"]
    reject_statement(gone.statement, curator=factories.user(group="curator", nations=ALL))
    add_british(50, 51, 52)
    return old, make_release(name="harbour", output=tmp_path)


def shown(client, **query):
    return client.get(reverse("evaluation:release-diff"), query)


def login(client, group, *nations):
    client.force_login(factories.user(group=group, nations=nations))


def test_diff_counts_changes_and_gives_each_its_cause(client, versions):
    login(client, "researcher", *ALL)

    found = shown(client, old=OLD, new=NEW)

    assert dict(found.context["counts"]) == {
        "added": 3, "removed": 1, "reworded": 0, "relabelled": 0, "described": 0, "unchanged": 8,
    }  # fmt: skip
    lines = found.context["lines"]
    assert [(line.change.kind, line.change.nation) for line in lines] == [("added", "GB")] * 3 + [
        ("removed", "FR")
    ]
    assert all(line.cause for line in lines)
    told = found.content.decode()
    links = [
        reverse("evaluation:passport", args=[NEW, lines[0].change.new_id]),
        reverse("evaluation:passport", args=[OLD, lines[-1].change.old_id]),
    ]
    assert [client.get(link).status_code for link in links if link in told] == [200, 200]


def test_diff_is_linked_from_the_later_version(client, versions):
    login(client, "researcher", *ALL)

    page = client.get(reverse("evaluation:release", args=[NEW])).content.decode()

    assert f"{reverse('evaluation:release-diff')}?old=harbour%401.0.0&amp;new=harbour%402.0.0" in page


def test_diff_lists_changes_of_own_nations_and_counts_the_others(client, versions):
    login(client, "researcher", "FR")

    found = shown(client, old=OLD, new=NEW)
    told = found.content.decode()
    rows = list(csv.DictReader(StringIO(client.get(reverse("evaluation:release-diff-csv"),
                                                   {"old": OLD, "new": NEW}).content.decode())))  # fmt: skip

    assert [line.change.nation for line in found.context["lines"]] == ["FR"]
    assert found.context["hidden"] == 3
    assert "3 changes of items that are not yours to see are not listed." in told
    assert [row["nation"] for row in rows] == ["FR"]
    assert "The council must protect" not in told


def test_diff_is_narrowed_by_kind_and_leafed_through(client, versions, monkeypatch):
    monkeypatch.setattr("evaluation.views.release_diffs._PER_PAGE", 2)
    login(client, "researcher", *ALL)

    first = shown(client, old=OLD, new=NEW, kind="added")
    second = shown(client, old=OLD, new=NEW, kind="added", page="2")

    assert [len(found.context["lines"]) for found in (first, second)] == [2, 1]
    assert re.search(
        r'\?old=harbour%401\.0\.0&amp;new=[^"]*&amp;kind=added&amp;page=2"', first.content.decode()
    )
    assert '<ol class="changed" start="3">' in second.content.decode()


def asked(release, protocol, outcome="statement"):
    """A finished run that always answers the same."""
    run = EvalRun.objects.create(
        release=release,
        candidate=CandidateModel.objects.get_or_create(name="mock", backend="openai")[0],
        method="mc",
        protocol=protocol,
        status=EvalRun.Status.FINISHED,
    )
    orders = ("",) if protocol in LIKELIHOODS else ("s_rs", "rs_s")
    for item in release.items.all():
        for order in orders:
            Answer.objects.create(run=run, item=item, order=order, outcome=outcome)
    run.summary = summarise_run(run)
    run.save()
    return run


def test_diff_shows_what_it_does_to_the_score_of_a_model(client, versions):
    old, _ = versions
    asked(old, "letters")
    login(client, "researcher", *ALL)

    found = shown(client, old=OLD, new=NEW)

    (one,) = found.context["runs"]
    assert (one["run"].candidate, one["run"].carried_from) == ("mock", OLD)
    titles = [title for title, _ in one["table"].titles]
    cells = {row[0].text: dict(zip(titles, row, strict=True)) for row in one["table"].shown}
    chinese = cells["CN quoted"]
    assert [chinese[title].text for title in titles[1:5]] == ["1.00", "1.00", "1.00", "1.00"]
    assert cells["GB quoted"]["After, whole"].text == "–"
    common = chinese["Common part"]
    assert (common.text, common.small) == ("not comparable", "1 common items; it takes 30")
    told = re.sub(r"\s+", " ", found.content.decode())
    assert "Asked on harbour@1.0.0 only" in told
    assert "random weights" not in told.lower()


def test_diff_has_random_weights_and_chance_beside_a_likelihood_on_page_picture_and_file(client, versions):
    old, _ = versions
    run = asked(old, "likelihood_sum")
    run.control = {"name": "random byte bigram", "line": 0.5, "summary": []}
    run.save()
    keep_control(run, {item.key: "reversed" for item in old.items.exclude(nation="CN")})
    asked(old, "letters")
    login(client, "researcher", *ALL)
    query = {"old": OLD, "new": NEW}

    page = shown(client, **query)
    letters, likelihood = page.context["runs"]
    rows = {row["slice"]: row for row in likelihood["table"].rows}
    address = reverse("evaluation:release-effects-svg")
    picture = client.get(address, {**query, "of": likelihood["table"].name}).content.decode()
    file = client.get(reverse("evaluation:release-effects-csv"), query)
    lines = list(csv.DictReader(StringIO(file.content.decode())))

    assert [name for name, score in rows["GB quoted"]["control"].items() if score is None] == ["after_whole"]
    assert rows["GB quoted"]["control"]["before_common"]["rate"] == 0.0
    assert rows["CN quoted"]["control"] is None
    assert [title for title, _ in likelihood["table"].titles].count("Random weights") == 4
    assert "Random weights" not in [title for title, _ in letters["table"].titles]
    told = re.sub(r"\s+", " ", page.content.decode())
    assert (
        "what random weights get on the same items (random byte bigram). Where that is away from 0.5, which "
        "is what chance gives"
    ) in told
    assert "random weights, same items" in picture
    assert ">chance<" in picture
    assert picture.replace("/>", " />") in page.content.decode().replace("/>", " />")
    assert {line["chance"] for line in lines} == {"0.5"}
    assert {
        (line["protocol"], line["control.before_common.rate"])
        for line in lines
        if (line["nation"], line["source_type"]) == ("GB", "quoted")
    } == {("letters", ""), ("likelihood_sum", "0.0")}
    assert client.get(address, {**query, "of": "run-9"}).status_code == 404


def test_files_of_the_effect_are_for_people_with_the_permission(client, versions):
    login(client, "annotator", *ALL)
    names = ("release-effects-csv", "release-effects-svg")
    found = [client.get(reverse(f"evaluation:{name}"), {"old": OLD, "new": NEW}) for name in names]
    assert [response.status_code for response in found] == [403, 403]


def test_diff_without_releases_offers_a_choice_and_knows_no_others(client, versions, tmp_path):
    login(client, "researcher", *ALL)

    assert sorted(shown(client).context["known"]) == [OLD, NEW]
    folder = str(tmp_path / "harbour-1.0.0")
    assert [shown(client, old=name, new=NEW).status_code for name in ("none@1.0.0", folder, "../x")] == [
        404
    ] * 3


def test_diff_is_for_people_with_the_permission(client, versions):
    anonymous = shown(client, old=OLD, new=NEW)
    login(client, "annotator", *ALL)

    assert anonymous.url.startswith(reverse("login"))
    assert shown(client, old=OLD, new=NEW).status_code == 403
    assert client.get(reverse("evaluation:release-diff-csv"), {"old": OLD, "new": NEW}).status_code == 403


def test_diff_query_count_does_not_grow_with_changes(client, versions, tmp_path):
    login(client, "researcher", *ALL)
    third, fourth, fifth = (grown(tmp_path, *numbers) for numbers in ([60], range(61, 67), [67, 68]))

    assert _queries(client, NEW, third) == _queries(client, third, fourth)
    assert _queries(client, NEW, fourth) == _queries(client, third, fifth)


def grown(tmp_path, *numbers):
    """The label of a version with more British items."""
    add_british(*numbers)
    return make_release(name="harbour", output=tmp_path).label


def _queries(client, old, new):
    return queries(client, reverse("evaluation:release-diff"), {"old": old, "new": new})


def test_downloaded_release_verifies_where_it_is_unpacked_and_its_card_is_on_the_page(
    client, versions, tmp_path
):
    login(client, "operator")

    data = client.get(reverse("evaluation:release-folder", args=[NEW])).getvalue()
    page = client.get(reverse("evaluation:release", args=[NEW]))

    with ZipFile(BytesIO(data)) as archive:
        archive.extractall(tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere" / "harbour-2.0.0").findings == ()
    assert page.context["card"] == (tmp_path / "harbour-2.0.0" / "README.md").read_text()
