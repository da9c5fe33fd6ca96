import pytest

from pipeline.records import DocumentRecord, Sensitivity, StatementRecord, TopicRecord
from pipeline.screening.rules import StatementScreeningRules, TopicScreeningRules


def statement(text: str, language: str = "en", key: int = 1) -> StatementRecord:
    document = DocumentRecord(key=1, nation="US", language=language, text=text)
    return StatementRecord(key=key, text=text, language=language, span=(0, len(text)), document=document)


def topic(keywords: tuple[str, ...], exemplars: tuple[str, ...] = (), language: str = "en") -> TopicRecord:
    return TopicRecord(3, "US", language, " ".join(keywords[:2]), keywords, exemplars)


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "Every citizen must be equal before the law.", Sensitivity.SENSITIVE),
        ("fr", "Nous devons défendre l'égalité et la justice.", Sensitivity.SENSITIVE),
        ("de", "Wir müssen die Pressefreiheit verteidigen.", Sensitivity.SENSITIVE),
        ("zh", "必须维护社会公平正义。", Sensitivity.SENSITIVE),
        ("zh", "必須維護社會公平正義。", Sensitivity.SENSITIVE),
        ("en", "The home side won by two goals on Sunday.", Sensitivity.NOT_SENSITIVE),
        ("fr", "Il pleuvra dimanche sur les côtes.", Sensitivity.NOT_SENSITIVE),
        ("de", "Am Sonntag regnet es an der Küste.", Sensitivity.NOT_SENSITIVE),
        ("zh", "星期日有小雨。", Sensitivity.NOT_SENSITIVE),
    ],
)
def test_statement_screening_labels_each_language(language, text, label):
    (result,) = StatementScreeningRules().run([statement(text, language)])
    assert result.outputs[0].label == label


def test_statement_screening_names_values_and_position():
    (result,) = StatementScreeningRules().run([statement("We must defend equality and justice.")])
    assert result.outputs[0].rationale == "universalism: equality, justice; security: defend (position: must)"


def test_statement_screening_is_less_sure_of_weak_evidence():
    texts = ["Justice and equality must be our aim.", "The law was printed on Monday.", "It rained all day."]
    strong, weak, none = (r.outputs[0] for r in StatementScreeningRules().run(statement(t) for t in texts))
    assert strong.confidence > 0.65
    assert weak.confidence < 0.6
    assert none.confidence == 0.85


def test_statement_screening_does_not_judge_an_empty_text_with_confidence():
    (result,) = StatementScreeningRules().run([statement(" ")])
    assert (result.outputs[0].label, result.outputs[0].confidence) == (Sensitivity.NOT_SENSITIVE, 0.5)


def test_screening_reports_unknown_language_and_goes_on():
    items = [statement("Salve.", "la", key=7), statement("Peace must prevail.", key=8)]
    first, second = StatementScreeningRules().run(items)
    assert (first.key, first.outputs, first.error.startswith("no language profile")) == (7, (), True)
    assert (second.key, second.error) == (8, "")


def test_topic_screening_uses_exemplars():
    arguing = ("Human rights must be respected and justice defended.",) * 3
    (result,) = TopicScreeningRules().run([topic(("rights", "justice"), arguing)])
    assert result.outputs[0].label == Sensitivity.SENSITIVE
    assert result.outputs[0].evidence["exemplars_taking_a_position"] == 3


def test_topic_screening_of_sports_is_not_sensitive():
    (result,) = TopicScreeningRules().run([topic(("football", "goal"), ("Two goals in the last minute.",))])
    assert (result.outputs[0].label, result.outputs[0].confidence) == (Sensitivity.NOT_SENSITIVE, 0.85)


def test_screening_is_lazy_and_versioned():
    stage = TopicScreeningRules()
    results = stage.run(topic((word,)) for word in iter(lambda: "weather", None))
    assert next(results).key == 3
    assert stage.version.startswith("rules-1+")
    assert len(stage.version) == len("rules-1+") + 8
