"""Reversed statements in four languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.triples.english import past_of, third_person
from pipeline.triples.reversal import WRAPPER, splice, tokenize
from pipeline.triples.rules import REVERSERS, reverse_statement

THERE_AND_BACK = [
    ("en", "The government should protect free speech.", "The government should not protect free speech."),
    ("en", "We will defend our allies.", "We will not defend our allies."),
    ("en", "The state must pay for schools.", "The state need not pay for schools."),
    ("en", "The death penalty is wrong.", "The death penalty is not wrong."),
    ("en", "They can rule without consent.", "They cannot rule without consent."),
    ("en", "Germany supports the treaty.", "Germany opposes the treaty."),
    ("en", "We believe in free markets.", "We do not believe in free markets."),
    ("en", "If prices rise, the state should act.", "If prices rise, the state should not act."),
    ("en", "Greater care should also be taken.", "Greater care should also not be taken."),
    ("fr", "L'État doit protéger la liberté.", "L'État ne doit pas protéger la liberté."),
    ("fr", "La peine de mort est injuste.", "La peine de mort n'est pas injuste."),
    ("fr", "C'est une question de justice.", "Ce n'est pas une question de justice."),
    ("fr", "J'ai confiance dans ce projet.", "Je n'ai pas confiance dans ce projet."),
    ("fr", "Nous nous opposons à cette loi.", "Nous ne nous opposons pas à cette loi."),
    ("fr", "Nous voterons contre ce texte.", "Nous voterons pour ce texte."),
    ("fr", "Si les prix montent, l'État doit agir.", "Si les prix montent, l'État ne doit pas agir."),
    ("de", "Deutschland muss die Ukraine unterstützen.", "Deutschland muss die Ukraine nicht unterstützen."),
    ("de", "Die Würde des Menschen ist unantastbar.", "Die Würde des Menschen ist nicht unantastbar."),
    ("de", "Wir brauchen ein neues Gesetz.", "Wir brauchen kein neues Gesetz."),
    ("de", "Wir müssen für den Frieden kämpfen.", "Wir müssen nicht für den Frieden kämpfen."),
    ("de", "Deshalb muss die Regierung handeln.", "Deshalb muss die Regierung nicht handeln."),
    ("de", "Wir lehnen diesen Antrag ab.", "Wir lehnen diesen Antrag nicht ab."),
    (
        "de",
        "Wenn die Preise steigen, muss der Staat handeln.",
        "Wenn die Preise steigen, muss der Staat nicht handeln.",
    ),
    ("zh", "政府必须保护公民的自由。", "政府不必保护公民的自由。"),
    ("zh", "各国应该加强合作。", "各国不应该加强合作。"),
    ("zh", "中国坚决反对霸权主义。", "中国坚决支持霸权主义。"),
    ("zh", "要坚持和平发展。", "不要坚持和平发展。"),
    ("zh", "这是错误的。", "这不是错误的。"),
]


@pytest.mark.parametrize(("language", "statement", "denial"), THERE_AND_BACK)
def test_reversal_leads_there_and_back(language: str, statement: str, denial: str):
    assert reverse_statement(statement, language).text == denial
    assert reverse_statement(denial, language).text == statement


@pytest.mark.parametrize(
    ("language", "statement", "denial"),
    [
        ("en", "Children must not be punished at school.", "Children may be punished at school."),
        ("en", "No one should be above the law.", "Everyone should be above the law."),
        ("en", "The law doesn't protect workers.", "The law protects workers."),
        ("en", "We will no longer accept delays.", "We will still accept delays."),
        ("en", "Protect the planet for our children.", "Do not protect the planet for our children."),
        ("en", "Firms will need to prepare.", "Firms will not need to prepare."),
        ("fr", "Il y a un problème de logement.", "Il n'y a pas de problème de logement."),
        ("fr", "Aucun enfant ne doit être oublié.", "Tout enfant doit être oublié."),
        ("fr", "Ce texte n'est plus acceptable.", "Ce texte est encore acceptable."),
        ("de", "Niemand darf über dem Gesetz stehen.", "Jeder darf über dem Gesetz stehen."),
        ("de", "Das ist gar nicht nötig.", "Das ist nötig."),
        ("zh", "任何人不得凌驾于法律之上。", "任何人可以凌驾于法律之上。"),
        ("zh", "我们没有理由接受这个条约。", "我们有理由接受这个条约。"),
    ],
)
def test_reversal_takes_negation_away_or_swaps_it(language: str, statement: str, denial: str):
    assert reverse_statement(statement, language).text == denial


@pytest.mark.parametrize(
    ("language", "statement"),
    [
        ("en", "This reform is not only costly but unjust."),
        ("en", "Splendid weather yesterday."),
        ("fr", "Il n'y a que la loi."),
        ("de", "Das ist nicht nur teuer, sondern ungerecht."),
        ("de", "Schönes Wetter gestern."),
        ("zh", "昨天天气晴朗。"),
    ],
)
def test_reversal_wraps_what_it_cannot_deny_and_says_so(language: str, statement: str):
    wrapped = reverse_statement(statement, language)
    assert wrapped.confidence == WRAPPER
    assert reverse_statement(wrapped.text, language).text == statement


def test_reversal_touches_only_the_main_clause():
    statement = "People who must work at night should be paid more."
    denial = "People who must work at night should not be paid more."
    assert reverse_statement(statement, "en").text == denial


def test_reversal_keeps_names_and_numbers():
    denial = reverse_statement("The United Nations should raise 3.5 million euros by 2030.", "en").text
    assert denial == "The United Nations should not raise 3.5 million euros by 2030."


@pytest.mark.parametrize(
    ("base", "third", "past"),
    [
        ("carry", "carries", "carried"),
        ("go", "goes", "went"),
        ("have", "has", "had"),
        ("push", "pushes", "pushed"),
    ],
)
def test_english_inflection(base: str, third: str, past: str):
    assert (third_person(base), past_of(base)) == (third, past)


def test_splice_leaves_no_double_space_nor_space_before_a_mark():
    assert splice("We do not.", [(5, 9, "")]) == "We do."
    assert splice("It is not so.", [(6, 9, "")]) == "It is so."


@given(st.text(max_size=80), st.sampled_from(sorted(REVERSERS)))
def test_reverse_statement_never_fails_nor_repeats_the_statement(text: str, language: str):
    statement = " ".join(text.split()) or "x"
    assert reverse_statement(statement, language).text != statement


@given(st.text(max_size=60))
def test_tokens_are_slices_of_the_text_in_order(text: str):
    tokens = tokenize(text)
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert all(one.end <= other.start for one, other in pairwise(tokens))
