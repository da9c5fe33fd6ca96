import pytest

from pipeline.attribution.rules import AttributionRules, attribute
from pipeline.records import DocumentRecord, OutletKind, SourceType, StatementRecord


def statement(text: str, evidence: str, language: str = "en", **document: object) -> StatementRecord:
    start = text.index(evidence)
    record = DocumentRecord(key=1, nation="GB", language=language, text=text, **document)  # type: ignore[arg-type]
    return StatementRecord(5, evidence, language, (start, start + len(evidence)), record)


def decide(*args: object, **kwargs: object) -> tuple[str, str]:
    found = attribute(statement(*args, **kwargs))  # type: ignore[arg-type]
    return found.judgement.label, found.speaker


@pytest.mark.parametrize(
    ("language", "text", "evidence", "speaker"),
    [
        ("en", 'The mayor, Ada Young, said: "Defend them."', "Defend them.", "Ada Young"),
        ("en", "“Protect every child,” said Ada Young on Monday.", "Protect every child,", "Ada Young"),
        ("en", "Ada Young said freedom must last.", "Ada Young said freedom must last.", "Ada Young"),
        ("fr", "« Défendons la liberté », a déclaré Jean Martin.", "Défendons la liberté", "Jean Martin"),
        ("de", "„Die Freiheit zählt“, sagte Karla Beispiel.", "Die Freiheit zählt", "Karla Beispiel"),
        ("zh", "王明表示：“必须维护公平正义和人权。”", "必须维护公平正义和人权。", "王明"),
        ("zh", "王明表示：「必須維護公平正義和人權。」", "必須維護公平正義和人權。", "王明"),
    ],
)  # fmt: skip
def test_attribution_finds_the_speaker(language, text, evidence, speaker):
    assert decide(text, evidence, language, outlet_kind=OutletKind.PRESS) == (SourceType.QUOTED, speaker)


def test_attribution_without_reason_is_unknown_never_official():
    text = "Every citizen must be equal before the law."
    for kind in set(OutletKind) - {OutletKind.GOVERNMENT}:
        assert decide(text, text, outlet_kind=kind) == (SourceType.UNKNOWN, "")


def test_attribution_of_a_quotation_without_speaker_is_unknown():
    text = "A banner read “Freedom must be defended everywhere”."
    for kind in OutletKind:
        assert decide(text, "Freedom must be defended everywhere", outlet_kind=kind) == (
            SourceType.UNKNOWN,
            "",
        )


def test_attribution_of_government_outlet_is_official():
    text = "Every citizen must be equal before the law."
    found = attribute(statement(text, text, outlet_kind=OutletKind.GOVERNMENT, outlet="The Cabinet"))
    assert (found.judgement.label, found.judgement.confidence) == (SourceType.OFFICIAL, 0.93)


def test_attribution_of_a_guest_quoted_by_government_is_quoted():
    text = "“Every citizen must be heard,” said Ada Young."
    assert decide(text, "Every citizen must be heard,", outlet_kind=OutletKind.GOVERNMENT) == (
        SourceType.QUOTED,
        "Ada Young",
    )


def test_attribution_of_the_documents_own_speaker_in_quotes_stays_official():
    text = "“Every citizen must be heard,” said Prime Minister Young."
    kwargs = {"outlet_kind": OutletKind.GOVERNMENT, "speaker": "Ada Young"}
    assert decide(text, "Every citizen must be heard,", **kwargs) == (SourceType.OFFICIAL, "Ada Young")


@pytest.mark.parametrize(
    ("kind", "speaker", "title", "expected"),
    [
        (OutletKind.PARLIAMENT, "Ada Young", "Debate", (SourceType.QUOTED, "Ada Young")),
        (OutletKind.PARLIAMENT, "Ada Young", "Government Statement", (SourceType.OFFICIAL, "Ada Young")),
        (OutletKind.PRESS, "Prime Minister Young", "Speech", (SourceType.OFFICIAL, "Prime Minister Young")),
        (OutletKind.PRESS, "former Minister Young", "Speech", (SourceType.QUOTED, "former Minister Young")),
        (OutletKind.PARTY, "", "Programme", (SourceType.QUOTED, "The Party")),
    ],
)  # fmt: skip
def test_attribution_uses_the_recorded_speaker(kind, speaker, title, expected):
    text = "Every citizen must be equal before the law."
    assert decide(text, text, outlet_kind=kind, speaker=speaker, title=title, outlet="The Party") == expected


def test_attribution_resolves_a_pronoun_with_low_confidence():
    text = "Ada Young said the bridge was old. “Safety must come first for every family,” she said."
    found = attribute(
        statement(text, "Safety must come first for every family,", outlet_kind=OutletKind.PRESS)
    )
    assert (found.judgement.label, found.speaker, found.judgement.confidence) == (
        SourceType.QUOTED,
        "Ada Young",
        0.55,
    )


def test_attribution_reports_bad_items_and_goes_on():
    good = statement("Peace must last.", "Peace must last.")
    outside = StatementRecord(6, "x", "en", (3, 99), good.document)
    foreign = StatementRecord(7, "x", "la", (0, 1), DocumentRecord(2, "XX", "la", "Salve."))
    results = list(AttributionRules().run([outside, foreign, good]))
    assert [(result.key, bool(result.error), len(result.outputs)) for result in results] == [
        (6, True, 0),
        (7, True, 0),
        (5, False, 1),
    ]


@pytest.mark.parametrize(
    ("language", "text", "evidence", "speaker"),
    [
        ("en", "“Protect every child,” said Prime Minister Ada Young.", "Protect every child,", "Ada Young"),
        ("fr", "« La liberté », a déclaré le Premier ministre Jean Martin.", "La liberté", "Jean Martin"),
        ("de", "„Die Freiheit“, sagte Bundeskanzlerin Karla Beispiel.", "Die Freiheit", "Karla Beispiel"),
        ("zh", "外交部发言人王明表示：“必须维护公平正义和人权。”", "必须维护公平正义和人权。", "王明"),
    ],
)  # fmt: skip
def test_office_holder_is_marked_and_official_only_in_a_government_outlet(language, text, evidence, speaker):
    press, government, unmarked = (
        attribute(statement(source, evidence, language, outlet_kind=kind))
        for source, kind in [
            (text, OutletKind.PRESS),
            (text, OutletKind.GOVERNMENT),
            (text.replace("Prime Minister ", "").replace("le Premier ministre ", ""), OutletKind.PRESS),
        ]
    )

    assert (press.judgement.label, press.is_office_holder) == (SourceType.QUOTED, True)
    assert (government.judgement.label, government.is_office_holder) == (SourceType.OFFICIAL, True)
    assert speaker in press.speaker
    assert "may speak for the state" in press.judgement.rationale
    if language in ("en", "fr"):
        assert (unmarked.is_office_holder, unmarked.speaker) == (False, speaker)
        assert unmarked.judgement.confidence > press.judgement.confidence
