"""Tags by rules: what sets a document apart, and which of them are one."""

from __future__ import annotations

from time import perf_counter

import pytest

from pipeline.records import DocumentRecord
from pipeline.tagging.loop import tag_documents
from pipeline.tagging.rules import TaggerRules
from pipeline.text.profile import LANGUAGES, profile


def document(key: int, text: str, language: str = "en", title: str = "") -> DocumentRecord:
    return DocumentRecord(key, "GB", language, text, title)


def test_tags_are_the_nouns_a_document_repeats_and_others_lack() -> None:
    texts = [
        "The harbour needs a crane. The crane at the harbour is old, and the council pays.",
        "The museum shows a comet. The comet in the museum is old, and the council pays.",
        "The council pays the bill. The council owns the hall.",
    ]

    tagged = dict(TaggerRules("en").propose([document(key, text) for key, text in enumerate(texts)]))

    assert {
        key: set(tags) & {"harbour", "crane", "museum", "comet", "council"} for key, tags in tagged.items()
    } == {
        0: {"harbour", "crane"},
        1: {"museum", "comet"},
        2: {"council"},
    }


@pytest.mark.parametrize(
    ("language", "counts", "expected"),
    [
        ("en", {"Taxes": 3, "tax": 5, "parks": 2}, {"Taxes": "tax"}),
        ("en", {"physicians": 2, "doctor": 3}, {"physicians": "doctor"}),
        ("de", {"Mediziner": 2, "Arzt": 3, "Wald": 2}, {"Mediziner": "Arzt"}),
        ("de", {"Flüchtlinge": 4, "Geflüchtete": 3}, {"Geflüchtete": "Flüchtlinge"}),
        ("fr", {"professeurs": 4, "enseignants": 3}, {"enseignants": "professeurs"}),
        ("fr", {"hôpitaux": 2, "hôpital": 3}, {"hôpitaux": "hôpital"}),
        ("zh", {"医师": 2, "医生": 3}, {"医师": "医生"}),
        ("zh", {"醫師": 2, "医生": 3}, {"醫師": "医生"}),
        ("de", {"Steuerreform": 1, "Reform": 4, "Steuer": 5}, {"Steuerreform": "Reform"}),
        ("de", {"Landespolizei": 1, "Polizei": 4}, {"Landespolizei": "Polizei"}),
        ("en", {"national": 1, "nation": 4}, {"national": "nation"}),
        ("en", {"biologists": 1, "biology": 4}, {"biologists": "biology"}),
        ("fr", {"régionale": 1, "régions": 4}, {"régionale": "régions"}),
        ("fr", {"géologue": 1, "géologie": 4}, {"géologue": "géologie"}),
        ("zh", {"职业教育": 1, "教育": 4}, {"职业教育": "教育"}),
        ("zh", {"分公司": 1, "公司": 2, "企业": 4}, {"分公司": "企业", "公司": "企业"}),
        ("en", {"war": 3, "peace": 3}, {}),
        ("en", {"train": 9, "training": 1, "house": 3, "household": 1, "print": 2, "printer": 1}, {}),
        ("en", {"china": 5, "chinaware": 1, "party": 3, "partying": 1, "right": 3, "rightwing": 1}, {}),
        ("de", {"Wasser": 4, "Wasserstoff": 1, "Stoff": 2, "Staat": 5, "Staatsanwalt": 1}, {}),
        ("de", {"Recht": 4, "Rechtsextremismus": 1, "Unrecht": 1, "Arbeit": 6, "Mitarbeit": 1}, {}),
        ("de", {"Meister": 3, "Bürgermeister": 1, "Garten": 3, "Kindergarten": 1}, {}),
        ("fr", {"commune": 5, "communisme": 1, "parti": 5, "partie": 1, "particule": 1}, {}),
        ("fr", {"contrat": 4, "contrôle": 1}, {}),
    ],
)
def test_forms_synonyms_and_rare_compounds_are_one_tag(
    language: str, counts: dict[str, int], expected: dict[str, str]
) -> None:
    assert TaggerRules(language).consolidate(counts) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_has_two_meanings_among_the_synonyms(language: str) -> None:
    words = [word for group in profile(language).synonyms for word in group]

    assert len(words) == len(set(words))
    assert all(len(group) >= 2 for group in profile(language).synonyms)


def test_tag_of_a_single_document_gives_way_to_a_commoner_one() -> None:
    texts = [
        "The orchard and the frost. The orchard lost the fruit to the frost.",
        "The orchard and the hail. The orchard lost the fruit to the hail.",
        "The lighthouse and the keeper. The lighthouse lost the keeper.",
    ]

    result = tag_documents([document(key, text) for key, text in enumerate(texts)], tagger=TaggerRules("en"))

    assert result.assignments[0] == result.assignments[1] == ("orchard",)
    assert set(result.assignments[2]) == {"lighthouse", "keeper"}
    assert {"frost", "hail"} <= set(result.rounds[0])
    assert not {"frost", "hail"} & set(result.rounds[-1])


def test_known_documents_are_not_asked_about_but_take_part_in_consolidation() -> None:
    text = "The physician and the physician. The physician met the mayor."

    result = tag_documents(
        [document(9, text)], tagger=TaggerRules("en"), known={1: ("doctor",), 2: ("doctor",), 3: ("mayor",)}
    )

    assert result.assignments == {1: ("doctor",), 2: ("doctor",), 3: ("mayor",), 9: ("doctor",)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_consolidation_takes_time_in_proportion_to_the_tags(language: str) -> None:
    letters = "安全教育企业医院" if language == "zh" else "abcdefgh"
    counts = {
        "".join(letters[number >> 3 * place & 7] for place in range(6)): 1 + number % 2
        for number in range(30_000)
    }
    start = perf_counter()

    TaggerRules(language).consolidate(counts)

    assert perf_counter() - start < 20  # comparing each with each takes minutes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_synonym_is_found_and_belongs_to_one_group(language: str) -> None:
    groups = profile(language).synonyms
    tagger = TaggerRules(language)

    meanings = [{tagger._meaning(word) for word in group} for group in groups]

    assert [len(found) for found in meanings] == [1] * len(groups)
    assert len(set.union(*meanings)) == len(groups)


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {"poll": 3, "election": 2, "arms": 3, "weapon": 2, "minor": 2, "child": 3, "parish": 2}),
        ("en", {"medicine": 2, "health": 3, "refugee": 3, "asylum-seeker": 2}),
        ("de", {"Waage": 2, "Wagen": 3, "Auto": 3, "Straße": 2, "Autobahn": 3, "Handel": 3, "Kommerz": 2}),
        ("de", {"Mieter": 3, "Miete": 2, "Lehrer": 3, "Lehre": 2, "Landwirtschaft": 3, "Ackerbau": 2}),
        ("fr", {"société": 3, "entreprise": 2, "mineur": 3, "enfant": 2, "essence": 2, "carburant": 3}),
        ("fr", {"droit": 3, "droite": 2, "cours": 3, "cour": 2, "fois": 2, "foi": 3}),
        ("zh", {"游客": 3, "旅客": 2, "监狱": 3, "看守所": 2, "台风": 3, "飓风": 2, "养老": 2, "养老金": 3}),
    ],
)
def test_what_a_reader_looks_up_separately_stays_apart(language: str, counts: dict[str, int]) -> None:
    assert TaggerRules(language).consolidate(counts) == {}
