import pytest

from pipeline.attribution.offices import holds_office
from pipeline.attribution.rules import attribute
from pipeline.records import DocumentRecord, OutletKind, SourceType, StatementRecord


@pytest.mark.parametrize(
    ("language", "speaker", "text"),
    [
        ("en", "The administration", "The administration said that taxes must fall."),
        ("en", "Ada Young", "“Go,” said prime minister Ada Young."),
        ("en", "Young", "“Go,” said Prime Minister Ada Young. “Stay,” Young said."),
        ("en", "Ada Young", "The British prime minister, Ada Young, said: “Go.”"),
        ("en", "Ada Young", "“Go,” said Ada Young, the foreign secretary."),
        ("en", "Ada Young", "“Go,” said Ada Young (Labour), minister for health, on Monday."),
        ("en", "A spokesman", "A spokesman for the prime minister said: “Go.”"),
        ("en", "The prime minister's spokesman", "The prime minister's spokesman said: “Go.”"),
        ("en", "the president", "“Go,” the president of the republic said."),
        ("fr", "Anne Petit", "Le premier ministre, Anne Petit, a déclaré : « Allez. »"),
        ("fr", "Anne Petit", "« Allez », a dit Anne Petit, ministre chargée de la Santé."),
        ("fr", "Anne Petit", "« Allez », a dit Anne Petit, premier ministre britannique."),
        ("fr", "Un porte-parole", "Un porte-parole du gouvernement a dit : « Allez. »"),
        ("de", "Anna Klein", "„Los“, sagte Anna Klein, die Bundeskanzlerin."),
        ("de", "Anna Klein", "Die Bundesministerin für Gesundheit, Anna Klein, sagte: „Los.“"),
        ("de", "Eine Sprecherin", "Eine Sprecherin der Bundesregierung sagte: „Los.“"),
        ("zh", "国务院总理李强", "国务院总理李强说，税收应当公平。"),
        ("zh", "外交部的发言人毛宁对记者", "外交部的发言人毛宁对记者表示：“走。”"),
    ],
)  # fmt: skip
def test_office_of_the_speaker_is_seen(language, speaker, text):
    assert holds_office(speaker, text, language)


@pytest.mark.parametrize(
    ("language", "speaker", "text"),
    [
        ("en", "Ada Young", "Ada Young told the prime minister: “Go.”"),
        ("en", "Ada Young", "“Go,” said Ada Young, a critic of the prime minister."),
        ("en", "Ada Young", "“Go,” said Ada Young, the prime minister’s sister."),
        ("en", "Ada Young", "“Go,” said Ada Young, who wrote to the prime minister."),
        ("en", "Ada Young", "Speaking to the prime minister, Ada Young said: “Go.”"),
        ("en", "Ada Young", "The president of the central bank, Ada Young, said: “Go.”"),
        ("en", "Ada Young", "“Go,” said Ada Young, president of the tennis club."),
        ("en", "The administration", "The administration of the hospital said that beds are few."),
        ("en", "Ada Young", "The former prime minister, Ada Young, said: “Go.”"),
        ("en", "The wife of Prime Minister Young", "The wife of Prime Minister Young said: “Go.”"),
        ("fr", "Anne Petit", "Anne Petit a dit au premier ministre : « Allez. »"),
        ("fr", "Anne Petit", "« Allez », a dit Anne Petit, conseillère du premier ministre."),
        ("fr", "Anne Petit", "« Allez », a dit Anne Petit, fille d'un ministre."),
        ("fr", "Anne Petit", "L'ancienne ministre, Anne Petit, a dit : « Allez. »"),
        ("de", "Anna Klein", "Anna Klein sagte dem Bundeskanzler: „Los.“"),
        ("de", "Anna Klein", "Dem Bundeskanzler sagte Anna Klein: „Los.“"),
        ("de", "Anna Klein", "Das sagte dem Minister Anna Klein."),
        ("de", "Anna Klein", "„Los“, sagte Anna Klein, eine Beraterin des Bundeskanzlers."),
        ("de", "Anna Klein", "„Los“, sagte Anna Klein, Bundeskanzler Groß müsse handeln."),
        ("de", "Anna Klein", "„Los“, sagte Anna Klein, der Minister hat gelogen."),
        ("zh", "王明对总理", "王明对总理说：“走。”"),
        ("zh", "王明向外交部", "王明向外交部表示：“走。”"),
        ("zh", "总理的朋友王明", "总理的朋友王明说：“走。”"),
        ("zh", "银行发言人王明", "银行发言人王明说：“走。”"),
    ],
)  # fmt: skip
def test_office_of_somebody_else_is_not_the_speakers(language, speaker, text):
    assert not holds_office(speaker, text, language)


@pytest.mark.parametrize(
    ("language", "text", "evidence", "office"),
    [
        ("en", "The administration said that taxes must be fair.", "taxes must be fair", True),
        ("en", "Ada Young said that taxes must be fair.", "taxes must be fair", False),
        ("zh", "国务院总理李强说，税收应当公平，应当保护人民。", "税收应当公平，应当保护人民。", True),
        ("zh", "教授王明说，税收应当公平，应当保护人民。", "税收应当公平，应当保护人民。", False),
    ],
)  # fmt: skip
def test_office_holder_in_indirect_speech_is_marked(language, text, evidence, office):
    start = text.index(evidence)
    document = DocumentRecord(1, "GB", language, text, outlet_kind=OutletKind.PRESS)

    found = attribute(StatementRecord(5, evidence, language, (start, start + len(evidence)), document))

    assert (found.judgement.label, found.is_office_holder) == (SourceType.QUOTED, office)


@pytest.mark.parametrize("kind", [OutletKind.PRESS, OutletKind.GOVERNMENT])
def test_speaker_who_talks_to_an_office_holder_is_not_marked(kind):
    text = "Ada Young told the prime minister: “Taxes must be fair for everyone.”"
    evidence = "Taxes must be fair for everyone."
    start = text.index(evidence)
    document = DocumentRecord(1, "GB", "en", text, outlet_kind=kind)

    found = attribute(StatementRecord(5, evidence, "en", (start, start + len(evidence)), document))

    assert (found.judgement.label, found.is_office_holder) == (SourceType.QUOTED, False)


def test_nobody_holds_no_office():
    assert not holds_office("", "The prime minister said: “Go.”", "en")
