"""A triple keeps every letter of its statement, its reversal reverses, and no release gives an article away.

The defect: the marks "R", "S" and ":" are stripped off the ends of a statement and take its own letters
along; nobody checks that the reversal contradicts the statement or that the question keeps it to itself; and
every row of the published data carries a whole article.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from annotation.models import Decision, DecisionKind, Document, Policy, Statement, Triple
from evaluation.publishing.files import json_line
from evaluation.publishing.formats.paper import paper_row
from evaluation.publishing.formats.preferences import trl_row
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import EXCERPT_LENGTH, ReleaseRow
from evaluation.publishing.selection import select
from evaluation.services.releases.make import ReleaseError, make_release
from pipeline.conflicts.model import PairJudgeModel
from pipeline.conflicts.rules import PairJudgeRules
from pipeline.records import DocumentRecord, Relation, StatementRecord, TripleDraft
from pipeline.triples.checks import FAILED, check_triple
from pipeline.triples.choice_only import ChoiceOnly, choice_only
from pipeline.triples.gate import CHECK, GatedTriples
from pipeline.triples.model import TriplesModel
from pipeline.triples.rules import TriplesRules
from tests import factories
from tests.defects.engines import AnsweringModel, FakeEngines, run_stage
from tests.evaluation.gold import approve, waiting_triple
from tests.evaluation.publishing.content import row as released_row

FAIR = {
    "en": (
        "Schools must protect the rights of every child.",
        "How should schools treat the rights of children?",
        "Schools must not protect the rights of every child.",
        "Schools must always protect the rights of every child.",
    ),
    "fr": (
        "Se taire doit rester un droit de chaque citoyen.",
        "Que penser du silence des citoyens ?",
        "Se taire ne doit pas rester un droit de chaque citoyen.",
        "Se taire doit toujours rester un droit de chaque citoyen.",
    ),
    "de": (
        "Richter müssen die Rechte der Kinder schützen.",
        "Wie sollen Richter mit den Rechten der Kinder umgehen?",
        "Richter müssen die Rechte der Kinder nicht schützen.",
        "Richter müssen immer die Rechte der Kinder schützen.",
    ),
    "zh": (
        "学校必须保护每个孩子的权利。",
        "学校应如何对待孩子的权利？",
        "学校不必保护每个孩子的权利。",
        "学校必须始终保护每个孩子的权利。",
    ),
}
LANGUAGES = st.sampled_from(sorted(FAIR))
# Letters and marks a careless strip eats, in front of a statement and behind it.
ENDS = st.sampled_from(["S: ", "RS: ", "Q: ", "RS:", ": ", "R", "S", ""]) | st.text("RSQrsq:： ", max_size=6)


def record(text: str, language: str = "en") -> StatementRecord:
    return StatementRecord(9, text, language, (0, len(text)), DocumentRecord(1, "GB", language, text))


def reply(question: str, reversed_statement: str) -> str:
    return json.dumps({"question": question, "reversed_statement": reversed_statement}, ensure_ascii=False)


CONTRADICTION = '{"relation": "contradiction", "rationale": ""}'


def guessed(rows: Sequence[ReleaseRow]) -> ChoiceOnly:
    """How well a guess from the two statements alone does."""
    return choice_only(
        [(row.statement, row.reversed_statement) for row in rows], groups=[row.article for row in rows]
    )


def drafted(text: str, said: str) -> TripleDraft:
    """The draft a model's reply becomes."""
    [result] = TriplesModel(AnsweringModel(lambda blocks: said)).run([record(text)])
    [draft] = result.outputs
    return draft


# Every letter of it


@settings(deadline=None)
@given(ENDS, st.text(max_size=40), ENDS)
def test_texts_of_a_triple_keep_every_letter_from_reply_to_release(
    before: str, middle: str, after: str
) -> None:
    text = f"{before}{middle}{after}"
    assume(text.strip() and text.isprintable())
    said = unicodedata.normalize("NFC", text).strip()

    draft = drafted(text, reply(text, text))
    item = released_row(question=draft.question, statement=text, reversed_statement=draft.reversed_statement)
    rows = [item.as_dict(), paper_row(item), trl_row(item)]
    dataset, paper, preference = (json.loads(json_line(row)) for row in rows)

    assert (draft.question, draft.reversed_statement) == (said, said)
    assert [dataset[key] for key in ("question", "statement", "reversed_statement")] == [said, text, said]
    assert [paper[f"generated {key}"] for key in ("Q", "reverse statement")] == [said, said]
    assert paper["statement"] == text
    assert [preference[key][0]["content"] for key in ("prompt", "chosen", "rejected")] == [said, text, said]


@settings(deadline=None)
@given(LANGUAGES, st.text(alphabet="RSQrsq:", max_size=6))
def test_rules_reverse_a_statement_without_eating_its_beginning(language: str, before: str) -> None:
    statement = f"{before}{FAIR[language][0]}"
    first = statement[: len(before) + 2] if language == "zh" else statement.split()[0]

    [result] = TriplesRules().run([record(statement, language)])

    [draft] = result.outputs
    assert first.casefold() in draft.reversed_statement.casefold()
    assert draft.reversed_statement != statement


@pytest.mark.django_db
def test_statement_full_of_treacherous_letters_reaches_the_release_whole(tmp_path: Path) -> None:
    sentence = "RS: Schools must protect S, R and RSR: SOS"
    reversal = "RS: Schools must not protect S, R and RSR: SOS"
    document = factories.DocumentFactory(text=f"{sentence}\nThe rest of the article.")
    statement = factories.StatementFactory(document=document, text=sentence, span_end=len(sentence))
    question = "S: what about schools in RS?"
    model = AnsweringModel(
        lambda blocks: CONTRADICTION if "first statement" in blocks else reply(question, reversal)
    )

    run_stage("GB", "triples", FakeEngines(model=model))
    approve(Decision.objects.get(kind=DecisionKind.TRIPLE))
    release = make_release(name="whole", output=tmp_path)

    statement.refresh_from_db()
    triple = Triple.objects.get()
    assert (statement.text, triple.question, triple.reversed_statement) == (sentence, question, reversal)
    row = json.loads((Path(release.folder) / "data/gb/quoted.jsonl").read_text())
    assert [row[key] for key in ("statement", "question", "reversed_statement")] == [
        sentence,
        question,
        reversal,
    ]


@settings(deadline=None)
@given(
    st.text(max_size=30),
    st.sampled_from(["Q: {0}\nS: {0}\nRS: {0}", "RS: {0}", "{0}", "[{0}]", '{{"RS": "{0}"}}']),
)
def test_reply_is_read_by_its_schema_or_not_at_all(text: str, shape: str) -> None:
    model = AnsweringModel(lambda blocks: shape.format(text))

    [result] = TriplesModel(model).run([record("Schools must be free.")])

    assert result.outputs == ()
    assert result.error.startswith("reply does not fit the schema: ")


# The reversal reverses


def refused(language: str, question: str, reversal: str, judge: Any = None) -> set[str]:
    """Names of the checks this draft fails, the judge's among them."""
    model = AnsweringModel(lambda blocks: reply(question, reversal))
    stage = GatedTriples(TriplesModel(model), judge or PairJudgeRules())
    [result] = stage.run([record(FAIR[language][0], language)])
    [draft] = result.outputs
    failed = {name for name, holds in draft.checks.items() if not holds}
    assert not failed or (draft.confidence <= FAILED and draft.rationale)
    return failed


@pytest.mark.parametrize("language", sorted(FAIR))
def test_reversal_that_does_not_contradict_is_refused(language: str) -> None:
    statement, question, reversal, agreeing = FAIR[language]

    assert refused(language, question, reversal) == set()
    assert {CHECK, "negation_or_antonym_changed"} <= refused(language, question, agreeing)
    assert {CHECK, "differs"} <= refused(language, question, statement)


@settings(deadline=None)
@given(st.sampled_from(Relation), st.sampled_from(Relation))
def test_reversal_stands_only_where_the_judge_finds_a_contradiction_in_both_orders(
    forward: Relation, backward: Relation
) -> None:
    statement, question, reversal, _ = FAIR["en"]

    def answer(blocks: dict[str, list[str]]) -> str:
        relation = forward if blocks["first statement"] == [statement] else backward
        return json.dumps({"relation": relation, "rationale": ""})

    failed = refused("en", question, reversal, PairJudgeModel(AnsweringModel(answer), samples=1))

    assert failed == (set() if forward == backward == Relation.CONTRADICTION else {CHECK})


@pytest.mark.django_db
@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_refused_triple_is_never_held_valid_by_a_machine(threshold: float, tmp_path: Path) -> None:
    sentence, question, _, agreeing = FAIR["en"]
    document = factories.DocumentFactory(text=f"{sentence}\nThe rest of the article.")
    statement = factories.StatementFactory(document=document, text=sentence, span_end=len(sentence))
    Policy.objects.update_or_create(
        nation_id="GB", kind=DecisionKind.TRIPLE, defaults={"threshold": threshold}
    )
    model = AnsweringModel(
        lambda blocks: CONTRADICTION if "first statement" in blocks else reply(question, agreeing)
    )

    run_stage("GB", "triples", FakeEngines(model=model))

    decision = Decision.objects.get(kind=DecisionKind.TRIPLE)
    assert (decision.label, decision.rationale) == ("invalid", "failed: negation_or_antonym_changed")
    assert decision.confidence <= FAILED
    statement.refresh_from_db()
    assert statement.status == "candidate"
    with pytest.raises(ReleaseError, match="would be empty"):
        make_release(name="none", output=tmp_path)


@settings(deadline=None)
@given(LANGUAGES, LANGUAGES, st.integers(0, 12))
def test_length_and_language_of_the_reversal_match_those_of_the_statement(
    language: str, other: str, times: int
) -> None:
    statement, question, reversal, _ = FAIR[language]
    long = reversal + reversal * times

    checks = check_triple(statement, question, long, language)
    assert checks["length_ratio"] is (len(long) <= 2 * len(statement))
    assert (
        check_triple(statement, question, reversal[: len(statement) // 3], language)["length_ratio"] is False
    )
    assert check_triple(statement, question, FAIR[other][2], language)["same_language"] is (language == other)


# The question keeps the answer to itself


@settings(deadline=None)
@given(
    LANGUAGES,
    st.sampled_from([0, 2]),
    st.text(max_size=20),
    st.sampled_from(
        [str, str.upper, str.casefold, lambda text: text.replace(" ", "  "), lambda text: text[:-1]]
    ),
    st.sampled_from(["", " ", "? ", "” "]),
)
def test_question_that_holds_the_statement_or_its_reversal_is_refused(
    language: str, told: int, before: str, changed: Any, after: str
) -> None:
    statement, _, reversal, _ = FAIR[language]
    question = f"{before} {changed(FAIR[language][told])}{after}?"

    assert (
        check_triple(statement, question, reversal, language)["question_does_not_contain_statement"] is False
    )


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["en", "fr", "de"]))
def test_question_that_shuffles_all_words_of_the_statement_is_refused(chance: Any, language: str) -> None:
    statement, _, reversal, _ = FAIR[language]
    words = statement.rstrip(".").split()
    chance.shuffle(words)

    checks = check_triple(statement, f"{' '.join(words)}?", reversal, language)

    assert checks["question_does_not_contain_statement"] is False


def test_items_that_can_be_guessed_without_their_question_can_be_left_out() -> None:
    subjects = [f"{place} {thing}" for place in ("town", "lake", "north") for thing in "abcdefghijklmnopqrst"]
    pairs = [(f"We must fund the {one}.", f"We must not fund the {one}.") for one in subjects]
    pairs = [pair[::-1] if number % 3 == 0 else pair for number, pair in enumerate(pairs)]
    items = [
        released_row(n=n, statement=s, reversed_statement=rs, article=str(n))
        for n, (s, rs) in enumerate(pairs)
    ]

    fair = select(items, Recipe(balance=("choices",))).rows

    assert not guessed(items).is_fair
    assert guessed(fair).is_fair
    assert 0 < len(fair) < len(items)


# No release gives an article away


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value read from JSON."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def released_texts(folder: Path) -> list[str]:
    """Every text in every file of a release, and every file as a whole, without white space."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            found += [text for row in pq.read_table(path).to_pylist() for text in texts_in(row)]
            continue
        content = path.read_text()
        found.append(content)
        if path.suffix == ".jsonl":
            found += [text for line in content.splitlines() for text in texts_in(json.loads(line))]
        elif path.suffix == ".json":
            found += list(texts_in(json.loads(content)))
    return ["".join(text.split()) for text in found]


@pytest.mark.django_db
@pytest.mark.parametrize("is_whole", [False, True], ids=["evidence is a sentence", "evidence is the article"])
def test_no_file_of_a_release_holds_an_article(is_whole: bool, tmp_path: Path) -> None:
    for number, length in enumerate((80, 200, 400, 499, 501, 700, 1_200, 20_000)):
        sentence = f"The council must protect park {number}."
        rest = "\n".join(f"On day {day} of week {number} it rained." for day in range(1_000))
        document = factories.DocumentFactory(
            text=f"{sentence}\n{rest}"[:length], url=f"https://example.org/{number}"
        )
        decision = waiting_triple("GB", number, document=document)
        if is_whole:
            Statement.objects.filter(pk=decision.triple.statement_id).update(span_end=length)
        approve(decision)

    folder = Path(make_release(name="short", output=tmp_path).folder)

    articles = {"".join(text.split()) for text in Document.objects.values_list("text", flat=True)}
    assert len(articles) == 8
    assert not [one for one in articles if any(one in text for text in released_texts(folder))]
    rows = [json.loads(line) for line in (folder / "data/gb/quoted.jsonl").read_text().splitlines()]
    assert len(rows) == 8
    for row in rows:
        document = Document.objects.get(url=row["url"])
        assert row["document_digest"] == document.text_digest
        assert row["evidence"] in document.text
        assert (
            0
            < len(row["evidence"])
            <= min(EXCERPT_LENGTH, max(len(document.text) // 2, len(row["statement"])))
        )


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["statement", "question", "reversed_statement"])
def test_article_that_poses_as_a_text_of_a_triple_stops_the_release(field: str, tmp_path: Path) -> None:
    decision = waiting_triple("GB", 1)
    article = "The council must protect park 1. " * 40
    if field == "statement":
        Statement.objects.filter(pk=decision.triple.statement_id).update(text=article)
    else:
        Triple.objects.filter(pk=decision.triple_id).update(**{field: article})
    decision.refresh_from_db()
    approve(decision)

    with pytest.raises(ReleaseError, match=f"statement {decision.triple.statement_id} are longer than 500"):
        make_release(name="long", output=tmp_path)
    assert list(tmp_path.iterdir()) == []
