"""Pages for people: front page, own work, login, languages, errors."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from annotation.models import Person, Vote
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


def test_front_page_is_open_to_all_and_counts_for_nobody(client):
    page = client.get("/")

    assert page.status_code == 200
    assert "table" not in page.context


def test_front_page_counts_own_nations(client):
    factories.DecisionFactory()
    factories.StatementFactory(document=factories.DocumentFactory(nation=factories.nation("DE")))
    client.force_login(factories.user(group="annotator", nations=("GB",)))

    page = client.get("/")

    assert [(nation.pk, counts) for nation, counts in page.context["table"]] == [
        ("GB", [1, 0, 1, 0, 1, 0, 0])
    ]
    assert page.context["waiting"] == 1


def test_front_page_query_count_is_constant(client, django_assert_max_num_queries):
    client.force_login(factories.user(group="operator"))

    with django_assert_max_num_queries(16):
        client.get("/")


def test_work_needs_a_login(client):
    response = client.get(reverse("annotation:work"))

    assert response["Location"] == "/login/?next=/my-work/"


def test_work_lists_open_reviews_with_their_project(client, settings):
    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:8080", "key")}
    me, other = (factories.user(group="annotator", nations=("GB",)) for _ in range(2))
    project = factories.StudioProjectFactory(remote_id=77)
    reviews = [
        factories.ReviewFactory(status="pushed", remote_task_id=number, project=project) for number in (1, 2)
    ]
    factories.ReviewFactory()
    for number, person in enumerate((me, other)):
        Vote.objects.create(
            review=reviews[0],
            annotator=person,
            label="valid",
            remote_annotation_id=number,
            remote_updated_at="2026-01-01T00:00:00Z",
        )
    foreign = factories.StatementFactory(document=factories.DocumentFactory(nation=factories.nation("DE")))
    factories.ReviewFactory(decision=factories.DecisionFactory(triple__statement=foreign))
    client.force_login(me)

    page = client.get("/my-work/")

    rows = [
        (row["nation"], row["kind"], row["pushed"], row["mine"], row["queued"], row["url"])
        for row in page.context["rows"]
    ]
    assert rows == [("GB", "triple", 2, 1, 1, "/label/GB/triple/")]
    assert (page.context["figures"].done, page.context["figures"].not_judged) == (1, 0)


def test_work_without_label_studio_says_so(client, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    client.force_login(factories.user(group="annotator", nations=("GB",)))

    page = client.get("/my-work/").content.decode()

    assert "Label Studio is not connected" in page


def test_login_leads_home_and_turns_to_ones_language(client):
    user = factories.user("lin@example.org", group="annotator", nations=("CN",))
    Person.objects.filter(user=user).update(language="zh")

    response = client.post("/login/", {"username": "lin@example.org", "password": "password"})

    assert response["Location"] == "/"
    assert "我的任务" in client.get("/").content.decode()


def test_wrong_password_is_told(client):
    page = client.post("/login/", {"username": "nobody", "password": "wrong"})

    assert page.status_code == 200
    assert len(page.context["form"].non_field_errors()) == 1


def test_logout_is_a_post(client):
    client.force_login(factories.user())

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("code", "words"),
    [("zh-hans", "我的任务"), ("fr", "Mon travail"), ("de", "Meine Arbeit"), ("en", "My work")],
)
def test_language_switch(client, code, words):
    client.force_login(factories.user(group="annotator", nations=("GB",)))

    response = client.post(reverse("set_language"), {"language": code, "next": "/my-work/"})
    page = client.get("/my-work/").content.decode()

    assert response["Location"] == "/my-work/"
    assert f"<h1>{words}</h1>" in page
    assert f'<html lang="{code}">' in page


def test_language_switch_leads_nowhere_else(client):
    response = client.post(reverse("set_language"), {"language": "fr", "next": "https://elsewhere.example/"})

    assert response["Location"] == "/"
