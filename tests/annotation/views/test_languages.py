"""Whatever an annotator reads is in the language of the page: no English phrase is left in another."""

from __future__ import annotations

import ast
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.urls import reverse

from annotation.services.people.inquiries import answer, ask
from annotation.services.people.qualifications import finish_attempt, open_attempt
from tests import factories
from tests.annotation.people import gold, read, said
from tests.annotation.votes import triple_review
from tests.site.test_locale import entries

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = {"zh-hans": "zh_Hans", "fr": "fr", "de": "de"}
PAGES = ("work", "new_work", "answers", "one_answer", "skipped", "profile", "quiz", "failed", "qualified",
         "few", "guideline", "read_guideline", "ask", "ask_about")  # fmt: skip

DATA = (
    "ann",
    "neu",
    "nul",
    "park",
    "Outlet",
    "Article",
    "council",
    "Monday",
    "Qu’est-ce",
    "Pourquoi",
    "Voilà",
)
NAMES = {"NaVAB", "English", "français", "Deutsch"}
SAME = {
    "zh-hans": NAMES,
    "de": NAMES | {"Region:"},
    "fr": NAMES
    | {"France", "France:", "N-N-N, France", "Question N", "(Question N)", "Version vN"}
    | {"Qualification", "Qualification: France", "Qualification – NaVAB"},
}


class Words(HTMLParser):
    """The texts of a page, of its elements and of the attributes people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [
            value or "" for name, value in attrs if name in {"title", "aria-label", "alt", "placeholder"}
        ]

    def handle_data(self, data):
        self.found.append(data)


def words_of(html):
    reader = Words()
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.found if text.strip()]


@cache
def phrases(folder):
    """English phrases that are different in a language, as patterns of whole texts."""
    path = ROOT / "locale" / folder / "LC_MESSAGES" / "django.po"
    found = {}
    for key, text in entries(path).items():
        english = key if isinstance(key, str) else key[0]
        if english and text != english:
            found[english] = re.compile(re.sub(r"%\\?\(\w+\\?\)s", ".+", re.escape(english)) + "[.:]?")
    return found


@pytest.fixture
def world(settings):
    """An annotator with something on every page, and the addresses of all pages."""
    settings.LABEL_STUDIO_SERVERS = {}
    ann = factories.user("ann", group="annotator", nations=("FR",))
    new = factories.user("neu", group="annotator", nations=("FR", "DE"), is_qualified=False)
    failing = factories.user("nul", group="annotator", nations=("FR",), is_qualified=False)
    for number in range(5):
        gold("FR", "valid" if number else "invalid")
    finish_attempt(open_attempt(failing.person, "FR"), {})
    judged, skipped, open_one = (triple_review("FR") for _ in range(3))
    read(judged, said(ann, "invalid"))
    read(skipped, said(ann, ""))
    curator = factories.user(group="curator", nations=("FR",))
    for text in ("Qu’est-ce ?", "Pourquoi ?"):
        ask(person=ann.person, nation=factories.nation("FR"), text=text)
    answer(ann.inquiries.first(), curator=curator, text="Voilà.")
    return {
        "work": (ann, reverse("annotation:work")),
        "new_work": (new, reverse("annotation:work")),
        "answers": (ann, reverse("annotation:answers")),
        "one_answer": (ann, reverse("annotation:one_answer", args=[judged.pk])),
        "skipped": (ann, reverse("annotation:one_answer", args=[skipped.pk])),
        "profile": (ann, reverse("annotation:profile")),
        "quiz": (new, reverse("annotation:quiz", args=["FR"])),
        "failed": (failing, reverse("annotation:quiz", args=["FR"])),
        "qualified": (ann, reverse("annotation:quiz", args=["FR"])),
        "few": (new, reverse("annotation:quiz", args=["DE"])),
        "guideline": (new, reverse("annotation:guideline", args=["triple"])),
        "read_guideline": (new, reverse("annotation:guideline", args=["conflict"])),
        "ask": (ann, reverse("annotation:ask")),
        "ask_about": (ann, reverse("annotation:ask") + f"?review={open_one.pk}"),
    }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_phrase_is_left_on_a_page(client, world, page, language):
    user, address = world[page]
    client.force_login(user)
    if page == "read_guideline":
        client.post(address, {"version": "v1"})

    html = client.get(address, headers={"accept-language": language}).content.decode()

    texts = words_of(html)
    left = {
        text for text in texts for pattern in phrases(LANGUAGES[language]).values() if pattern.fullmatch(text)
    }
    assert f'<html lang="{language}">' in html
    assert left == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_differ_from_the_english_ones_in_every_text_of_ours(client, world, language):
    """What is the same in both is a name, the data of the test, or a word both languages have."""
    same = set()
    for user, address in world.values():
        client.force_login(user)
        english, other = (
            set(words_of(client.get(address, headers={"accept-language": code}).content.decode()))
            for code in ("en", language)
        )
        same |= {text for text in english & other if re.search("[A-Za-z]{3}", text)}

    same = {re.sub(r"\d+", "N", text) for text in same}
    assert {text for text in same if not re.search(rf"\b({'|'.join(DATA)})\b", text)} == SAME[language]


@pytest.mark.parametrize("folder", LANGUAGES.values())
def test_every_phrase_of_templates_and_code_has_a_translation(folder):
    known = {
        key if isinstance(key, str) else key[0]
        for key in entries(ROOT / "locale" / folder / "LC_MESSAGES" / "django.po")
    }

    assert used() - known == set()


def used():
    """Phrases in the templates of annotators' pages and in the code behind them."""
    found = set()
    for path in (ROOT / "templates" / "annotation").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {phrase for _, phrase in re.findall(r"{% translate (['\"])(.*?)\1", text)}
        for block in re.findall(r"{% blocktranslate trimmed[^%]*%}(.*?){% endblocktranslate %}", text, re.S):
            found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", " ".join(block.split())))
    for folder in ("views", "services"):
        for path in (ROOT / "annotation" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"_", "gettext_lazy"}
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found.add(node.args[0].value)
    assert len(found) > 90
    return found
