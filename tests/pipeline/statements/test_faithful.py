"""Statements of either engine are held against their evidence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conflicts.polarity import turns_round
from pipeline.engines.fake import QueueModel
from pipeline.flow import Engines
from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.statements.faithful import DOUBTED, FaithfulStatements, unfaithful
from pipeline.statements.model import StatementsModel


def fault(statement: str, evidence: str, language: str = "en", before: str = "", title: str = "") -> str:
    item = DocumentRecord(1, "GB", language, f"{before}{evidence}", title)
    found = ExtractedStatement(statement, len(before), len(before) + len(evidence), 0.5)
    reason, is_sure = unfaithful(found, item, turns_round)
    return reason if is_sure or not reason else f"perhaps {reason}"


@pytest.mark.parametrize(
    ("language", "statement", "evidence", "expected"),
    [
        ("en", "Taxes must fall by 20 %.", "The tax must fall by 10 %.", "number not in the evidence"),
        ("en", "Taxes must fall by 10 %.", "The tax must fall by ten per cent.", ""),
        ("de", "Es braucht 1.500 Schulen.", "Wir brauchen mehr Schulen.", "number not in the evidence"),
        ("zh", "必须减少百分之三十。", "必须减少百分之二十。", "number not in the evidence"),
        ("zh", "必须减少30%。", "我们必须减少百分之三十的用电。", ""),
        ("en", "Germany must cut taxes.", "France must cut taxes.", "name not in the evidence"),
        ("fr", "La loi de Marie Durand est juste.", "Cette loi est juste.", "name not in the evidence"),
        ("de", "Frankreich muss helfen.", "Deutschland muss helfen.", "name not in the evidence"),
        ("zh", "法国应当保护环境。", "德国应当保护环境。", "name not in the evidence"),
        ("en", "Parks must not be protected.", "Parks must be protected.", "opposite of the evidence"),
        ("en", "Taxes must rise.", "It is not true that taxes must rise.", "opposite of the evidence"),
        ("fr", "Il faut vendre les bois.", "Il ne faut pas vendre les bois.", "opposite of the evidence"),
        ("de", "Steuern sollen sinken.", "Die Steuern sollen nicht sinken.", "opposite of the evidence"),
        ("zh", "应当支持改革。", "应当反对改革。", "opposite of the evidence"),
        ("en", "Parks deserve protection.", "We must protect our parks, she said.", ""),
        ("en", "The UK must be defended.", "Ukraine must be defended.", "name not in the evidence"),
        ("en", "Austria should close it.", "Australia should close it.", "name not in the evidence"),
        ("zh", "印度应当克制。", "印度尼西亚应当克制。", "name not in the evidence"),
        ("en", "The United States should leave.", "The US should leave.", ""),
        ("fr", "L'Union européenne doit agir.", "L'UE doit agir.", ""),
        ("zh", "中国应当坚持改革。", "我国应当坚持改革。", ""),
        ("en", "We must spend 3 billion.", "We must spend 3 million.", "number not in the evidence"),
        ("zh", "应当投入20万元。", "应当投入20亿元。", "number not in the evidence"),
        ("de", "Eltern sollen 14 Monate Geld erhalten.", "Eltern sollen vierzehn Monate Geld erhalten.", ""),
        ("fr", "Il faut 70 jours de congé.", "Il faut soixante-dix jours de congé.", ""),
        ("en", "Trump should resign.", "Biden should resign.", "perhaps name not in the document"),
        ("de", "Merz muss zurücktreten.", "Scholz muss zurücktreten.", "perhaps name not in the document"),
        ("en", "We should keep benefits.", "We must not cut benefits.", "perhaps opposite of the evidence"),
    ],
)
def test_statement_says_no_number_name_or_turn_of_its_own(
    language: str, statement: str, evidence: str, expected: str
) -> None:
    assert fault(statement, evidence, language) == expected


def test_name_of_another_in_the_document_is_not_the_evidences() -> None:
    before = "The crowd booed Trump and cheered Biden. "

    assert fault("Trump should resign.", "Biden should resign.", before=before) == "name not in the evidence"
    assert (
        fault("Merz muss gehen.", "Scholz muss gehen.", "de", before="Da kam Kanzler Merz. ")
        == "name not in the evidence"
    )


def test_number_the_evidence_points_to_may_stand_before_it() -> None:
    statement, evidence = "The 2 percent target must be met.", "That target must be met."

    assert fault(statement, evidence, before="Allies have a 2 percent target. ") == ""
    assert fault(statement, evidence) == "number not in the evidence"


def test_name_a_pronoun_stands_for_may_come_from_the_title_or_shortly_before() -> None:
    statement, evidence = "Germany must cut taxes.", "It must cut taxes."

    assert fault(statement, evidence) == "name not in the evidence"
    assert fault(statement, evidence, title="Germany and its taxes") == ""
    assert fault(statement, evidence, before="Germany is rich. ") == ""
    assert fault(statement, evidence, before="Germany is rich. " + "It rains. " * 60) != ""


@given(st.text(min_size=1, max_size=80), st.sampled_from(["en", "de", "fr", "zh", "it"]))
def test_evidence_itself_is_faithful(text: str, language: str) -> None:
    assert fault(text, text, language) == ""


def reply(*found: tuple[str, str]) -> str:
    items = [{"statement": one, "evidence": evidence, "rationale": "a duty"} for one, evidence in found]
    return json.dumps({"statements": items})


TEXT = "The council must protect the park. The mayor must not sell the land."


def test_unfaithful_statement_of_a_model_is_dropped_and_counted() -> None:
    model = QueueModel(
        [
            reply(
                ("The council must protect the park.", "The council must protect the park."),
                ("The mayor must sell the land.", "The mayor must not sell the land."),
            )
        ]
    )

    [result] = FaithfulStatements(StatementsModel(model), turns_round, "x").run(
        [DocumentRecord(1, "GB", "en", TEXT)]
    )

    assert [found.text for found in result.outputs] == ["The council must protect the park."]
    assert result.outputs[0].rationale == "a duty (unfaithful beside it: 1 opposite of the evidence)"
    assert result.error == ""


def test_statement_in_doubt_stays_and_says_so() -> None:
    model = QueueModel([reply(("The council should keep the park.", "The council must not close the park."))])
    item = DocumentRecord(1, "GB", "en", "The council must not close the park.")

    [result] = FaithfulStatements(StatementsModel(model), turns_round, "x").run([item])

    assert [(found.confidence, found.rationale) for found in result.outputs] == [
        (DOUBTED, "a duty (perhaps opposite of the evidence)")
    ]


def test_document_with_nothing_faithful_failed_and_says_why() -> None:
    model = QueueModel([reply(("The mayor must sell 9 parks.", "The mayor must not sell the land."))])

    [result] = FaithfulStatements(StatementsModel(model), turns_round, "x").run(
        [DocumentRecord(1, "GB", "en", TEXT)]
    )

    assert (result.outputs, result.error) == (
        (),
        "no statement is faithful to its evidence: 1 number not in the evidence",
    )
    assert result.raw


def test_rules_draw_the_same_statements_with_and_without_the_check() -> None:
    stage = Engines().statements
    text = (
        "We must protect the freedom of speech of every citizen of this country. "
        "Every child has the right to a good education, and the state must guarantee it."
    )
    item = DocumentRecord(1, "GB", "en", text)

    [result] = stage.run([item])

    assert isinstance(stage, FaithfulStatements)
    assert [found.text for found in result.outputs] == [
        item.text[found.start : found.end] for found in result.outputs
    ]
    assert len(result.outputs) == 2
