"""Who holds a statement is decided with its article in view, and where nobody is named, nobody holds it.

The defect: the judge is shown the sentence alone, so that the same words are always held by the same one; and
when it cannot tell, the statement is published as the state's official position.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotation.models import Decision, DecisionKind, JudgeType, Policy, Statement
from annotation.models.decision import NOT_A_STATEMENT
from annotation.services.decisions.recording import settle_decision
from evaluation.models import ReleaseItem
from evaluation.services.releases.make import ReleaseError, make_release
from pipeline.attribution.model import AttributionModel
from pipeline.attribution.rules import attribute
from pipeline.records import Attribution, DocumentRecord, OutletKind, SourceType, StatementRecord
from tests import factories
from tests.defects.engines import AnsweringModel, FakeEngines, run_stage
from tests.evaluation.gold import approve, waiting_triple

PRESS = OutletKind.PRESS
# By language: a sentence, an article that has somebody say it, names, and an article that has nobody say it.
SAID = {
    "en": (
        "Every child must be heard and every law must be just.",
        "It rained on Monday. The mayor, {name}, said: “{sentence}” The meeting went on.",
        ("Ada Young", "Tom Baker", "Ruth Miller"),
        "It rained on Monday. {sentence} The meeting went on.",
    ),
    "fr": (
        "Chaque enfant doit être entendu et chaque loi doit être juste.",
        "Il a plu lundi. « {sentence} », a déclaré {name}. La réunion a continué.",
        ("Jean Martin", "Claire Petit", "Luc Moreau"),
        "Il a plu lundi. {sentence} La réunion a continué.",
    ),
    "de": (
        "Jedes Kind muss gehört werden und jedes Gesetz muss gerecht sein.",
        "Am Montag regnete es. „{sentence}“, sagte {name}. Die Sitzung ging weiter.",
        ("Karla Beispiel", "Peter Muster", "Anna Krause"),
        "Am Montag regnete es. {sentence} Die Sitzung ging weiter.",
    ),
    "zh": (
        "每个孩子的声音都必须被听到，每部法律都必须公正。",
        "星期一下了雨。{name}表示：“{sentence}”会议继续进行。",
        ("王明", "李华", "张伟"),
        "星期一下了雨。{sentence}会议继续进行。",
    ),
}
LANGUAGES = st.sampled_from(sorted(SAID))


def record(text: str, evidence: str, language: str = "en", **facts: Any) -> StatementRecord:
    start = text.index(evidence)
    article = DocumentRecord(1, "GB", language, text, **{"outlet_kind": PRESS, **facts})
    return StatementRecord(5, evidence, language, (start, start + len(evidence)), article)


def by_rules(item: StatementRecord) -> tuple[str, str]:
    found = attribute(item)
    return found.judgement.label, found.speaker


def reply(label: str, speaker: str = "", rationale: str = "why") -> str:
    return json.dumps({"label": label, "speaker": speaker, "rationale": rationale}, ensure_ascii=False)


def by_model(item: StatementRecord, model: AnsweringModel) -> Attribution | None:
    [result] = AttributionModel(model, samples=1).run([item])
    return result.outputs[0] if result.outputs else None


# The article decides


@pytest.mark.parametrize("language", sorted(SAID))
def test_same_sentence_is_held_by_whom_its_article_names(language: str) -> None:
    sentence, said, names, unsaid = SAID[language]
    quoted = [
        by_rules(record(said.format(name=name, sentence=sentence), sentence, language)) for name in names
    ]
    plain = unsaid.format(sentence=sentence)

    assert quoted == [(SourceType.QUOTED, name) for name in names]
    assert by_rules(record(plain, sentence, language)) == (SourceType.UNKNOWN, "")
    assert by_rules(
        record(plain, sentence, language, outlet_kind=OutletKind.GOVERNMENT, outlet="Cabinet")
    ) == (
        SourceType.OFFICIAL,
        "",
    )


@settings(deadline=None)
@given(LANGUAGES, st.integers(0, 2), st.integers(0, 200), st.integers(0, 200))
@example("en", 0, 200, 0)
def test_rules_see_the_speaker_wherever_in_the_article_the_sentence_stands(
    language: str, who: int, before: int, after: int
) -> None:
    sentence, said, names, unsaid = SAID[language]
    filler = unsaid.format(sentence="")
    article = said.format(name=names[who], sentence=sentence)
    text = "\n".join([filler] * before + [article] + [filler] * after)

    assert by_rules(record(text, sentence, language)) == (SourceType.QUOTED, names[who])


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=40), st.sampled_from(OutletKind))
def test_model_is_shown_the_article_and_where_it_appeared(
    before: str, after: str, title: str, kind: OutletKind
) -> None:
    sentence = SAID["en"][0]
    text = f"{before}\n{sentence}\n{after}"
    model = AnsweringModel(lambda blocks: reply("unknown"))

    by_model(record(text, sentence, title=title, outlet="The Daily", outlet_kind=kind), model)

    [article], [evidence], [shown_kind], [outlet] = (
        model.shown(block) for block in ("article", "evidence", "kind of outlet", "outlet")
    )
    assert article.split() == text.split()
    assert (evidence, shown_kind, outlet) == (sentence, kind, "The Daily")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_model_is_shown_what_stands_around_the_sentence_in_a_long_article(before: int, after: int) -> None:
    sentence, said, (name, *_), _ = SAID["en"]
    filler = "The meeting of the council went on in the rain. "
    passage = said.format(name=name, sentence=sentence)
    text = filler * before + passage + " " + filler * after
    model = AnsweringModel(
        lambda blocks: reply("quoted", name) if passage in blocks["article"][0] else reply("unknown")
    )

    found = by_model(record(text, sentence), model)

    assert found is not None
    assert (found.judgement.label, found.speaker) == (SourceType.QUOTED, name)


# Unknown stays unknown


@settings(deadline=None, max_examples=200)
@given(
    LANGUAGES,
    st.lists(
        st.sampled_from(["“", "”", "「", "\n", "said", "a déclaré", "sagte", "表示："]) | st.text(max_size=9)
    ),
    st.lists(
        st.sampled_from(["”", "」", "\n", "the government", "la loi", "das Gesetz"]) | st.text(max_size=9)
    ),
    st.sampled_from(sorted(set(OutletKind) - {OutletKind.GOVERNMENT})),
)
def test_rules_never_call_official_what_no_record_ties_to_the_state(
    language: str, before: list[str], after: list[str], kind: OutletKind
) -> None:
    sentence = SAID[language][0]
    text = f"{' '.join(before)} {sentence} {' '.join(after)}"

    label, speaker = by_rules(record(text, sentence, language, outlet_kind=kind))

    assert label in (SourceType.QUOTED, SourceType.UNKNOWN)
    assert bool(speaker) is (label == SourceType.QUOTED)


@settings(deadline=None)
@given(
    st.sampled_from(SourceType),
    st.sampled_from(["", "Ada Young", "The government", "Nobody Known", "official"]),
    st.text(max_size=30) | st.sampled_from(["official", "It is official policy", "unknown, so official"]),
    st.sampled_from(OutletKind),
)
def test_model_never_turns_unknown_into_official(
    label: SourceType, speaker: str, rationale: str, kind: OutletKind
) -> None:
    sentence, said, (name, *_), _ = SAID["en"]
    model = AnsweringModel(lambda blocks: reply(label, speaker, rationale))

    found = by_model(record(said.format(name=name, sentence=sentence), sentence, outlet_kind=kind), model)

    assert found is not None
    assert (found.judgement.label == SourceType.OFFICIAL) is (label == SourceType.OFFICIAL)
    assert found.speaker in ("", name)
    if found.judgement.label == SourceType.UNKNOWN:
        assert found.speaker == ""


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(["official", "Official", "state", "none", "", "unknown or official"]).map(
            lambda word: f"The source is {word}."
        ),
        st.sampled_from(["Official", "state", "none", "", "unknown/official"]).map(reply),
        st.just('{"label": "official"}'),
    )
)
def test_reply_that_does_not_fit_the_schema_attributes_nothing(text: str) -> None:
    sentence, _, _, unsaid = SAID["en"]

    found = by_model(record(unsaid.format(sentence=sentence), sentence), AnsweringModel(lambda blocks: text))

    assert found is None


# Through to the release


def released(folder: Path, name: str) -> dict[str, str]:
    """Statement to type, of every slice of a release; none where there is nothing to release."""
    try:
        release = make_release(name=name, output=folder)
    except ReleaseError:
        return {}
    rows = [
        (json.loads(line), path.stem)
        for path in Path(release.folder).glob("data/*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert all(row["source_type"] == slice_name for row, slice_name in rows)
    return {row["statement"]: row["source_type"] for row, _ in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("nation", ["CN", "DE", "FR", "GB", "US"])
def test_only_quoted_and_official_reach_a_slice_each_its_own(nation: str, tmp_path: Path) -> None:
    statements = {}
    for number, source_type in enumerate(SourceType):
        triple = approve(waiting_triple(nation, number, source_type=source_type))
        statements[triple.statement.text] = str(source_type)

    assert released(tmp_path, "one") == {
        text: label for text, label in statements.items() if label != SourceType.UNKNOWN
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "is_certain"), list(product([*SourceType, "Official", "state"], [True, False]))
)
def test_what_the_machine_says_reaches_a_slice_only_when_certain_and_known(
    label: str, is_certain: bool, tmp_path: Path
) -> None:
    article = factories.DocumentFactory(text="The council must protect park 1. Ada Young said so.")
    decision = waiting_triple("GB", 1, source_type="unknown", document=article)
    statement = decision.triple.statement
    model = AnsweringModel(lambda blocks: reply(label, "Ada Young"))
    Policy.objects.update_or_create(
        nation_id="GB", kind=DecisionKind.ATTRIBUTION, defaults={"threshold": 0.5 if is_certain else 1.1}
    )

    run_stage("GB", "attribution", FakeEngines(model=model))
    approve(decision)

    expected = label if is_certain and label in (SourceType.QUOTED, SourceType.OFFICIAL) else None
    assert released(tmp_path, "one") == ({statement.text: expected} if expected else {})


@pytest.mark.django_db
def test_statement_that_people_call_unknown_leaves_the_slice(tmp_path: Path) -> None:
    triple = approve(waiting_triple("GB", 1, source_type="official"))
    other = approve(waiting_triple("GB", 2, source_type="quoted"))
    for row, label in ((triple, SourceType.UNKNOWN), (other, NOT_A_STATEMENT)):
        decision = factories.DecisionFactory(
            kind=DecisionKind.ATTRIBUTION, statement=row.statement, label="official"
        )
        settle_decision(decision=decision, label=label, judge_type=JudgeType.ANNOTATORS, judge="2 annotators")

    assert released(tmp_path, "one") == {}


@pytest.mark.django_db
def test_database_takes_no_other_type_in_a_release(tmp_path: Path) -> None:
    approve(waiting_triple("GB", 1))
    make_release(name="one", output=tmp_path)
    for source_type in (SourceType.UNKNOWN, "", "state"):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReleaseItem.objects.update(source_type=source_type)


@pytest.mark.django_db
def test_statement_is_nobodys_until_somebody_decides() -> None:
    assert Statement._meta.get_field("source_type").default == SourceType.UNKNOWN
    sentence, _, _, unsaid = SAID["en"]
    document = factories.DocumentFactory(text=unsaid.format(sentence=sentence))
    start = document.text.index(sentence)
    row = factories.StatementFactory(
        document=document,
        text=sentence,
        span_start=start,
        span_end=start + len(sentence),
        source_type=SourceType.UNKNOWN,
        speaker="",
    )

    run_stage("GB", "attribution")

    row.refresh_from_db()
    assert (row.source_type, row.speaker) == (SourceType.UNKNOWN, "")
    assert Decision.objects.get(kind=DecisionKind.ATTRIBUTION).label == SourceType.UNKNOWN
