"""Reversing French statements."""

from __future__ import annotations

import pytest

from pipeline.triples.french import reverse
from pipeline.triples.reversal import DIRECTION, MODAL, PLAIN, VERB


@pytest.mark.parametrize(
    ("statement", "denial", "confidence"),
    [
        ("Le vent vient de l'est.", "Le vent ne vient pas de l'est.", VERB),
        ("Vous devez payer.", "Vous ne devez pas payer.", MODAL),
        ("Nous bâtissons un barrage.", "Nous ne bâtissons pas un barrage.", VERB),
        ("Il nous faut un barrage.", "Il ne nous faut pas un barrage.", MODAL),
        ("Le maire y va souvent.", "Le maire n'y va pas souvent.", VERB),
        ("Nous la voulons.", "Nous ne la voulons pas.", PLAIN),
        ("Il y a un abri.", "Il n'y a pas d'abri.", VERB),
        ("Il y a des ponts.", "Il n'y a pas de ponts.", VERB),
        ("Je ne suis pas riche.", "Je suis riche.", PLAIN),
        ("Ce n'est plus juste.", "C'est encore juste.", PLAIN),
        ("Nul ne doit payer.", "Chacun doit payer.", PLAIN),
        ("Aucune ville n'est riche.", "Toute ville est riche.", PLAIN),
        ("Le maire interdit la baignade.", "Le maire autorise la baignade.", DIRECTION),
        ("Nous sommes pour le barrage.", "Nous sommes contre le barrage.", DIRECTION),
        ("Nous voterons pour leur projet.", "Nous voterons contre leur projet.", DIRECTION),
        ("Nous voterons pour notre commune.", "Nous voterons contre notre commune.", DIRECTION),
        ("Nous sommes pour Pierre.", "Nous sommes contre Pierre.", DIRECTION),
        ("Je suis pour.", "Je suis contre.", DIRECTION),
        ("Nous voterons pour bâtir le pont.", "Nous ne voterons pas pour bâtir le pont.", VERB),
        ("Nous voterons pour construire le pont.", "Nous ne voterons pas pour construire le pont.", VERB),
        ("Nous sommes pour nous défendre.", "Nous ne sommes pas pour nous défendre.", PLAIN),
        (
            "La commune qui, depuis toujours, donne l'eau doit agir.",
            "La commune qui, depuis toujours, donne l'eau ne doit pas agir.",
            MODAL,
        ),
        (
            "La commune qui, si elle veut, doit payer peut agir.",
            "La commune qui, si elle veut, doit payer ne peut pas agir.",
            PLAIN,
        ),
        (
            "Le maire, dont le bureau est fermé, doit agir.",
            "Le maire, dont le bureau est fermé, ne doit pas agir.",
            MODAL,
        ),
        ("Certes, la demande est forte.", "Certes, la demande n'est pas forte.", PLAIN),
        ("La juge pense aux enfants.", "La juge ne pense pas aux enfants.", VERB),
    ],
)
def test_reverse_denies_the_main_clause(statement: str, denial: str, confidence: float):
    found = reverse(statement)
    assert found is not None
    assert (found.text, found.confidence) == (denial, confidence)


@pytest.mark.parametrize(
    "statement",
    [
        "Le maire ne peut que payer.",
        "Il n'est pas riche mais juste.",
        "La ville n'a pas seulement un pont.",
        "La ville n'aide personne.",
        "La loi n'est ni juste ni utile.",
        "Le fait que la ville paie est juste.",  # a noun behind its article
        "La ville encourage de bons projets.",
        "Le maire nous aide.",
        "",
    ],
)
def test_reverse_leaves_alone_what_it_cannot_deny_cleanly(statement: str):
    assert reverse(statement) is None


@pytest.mark.parametrize("pronoun", ["il", "elle", "on"])
def test_wrapper_is_taken_away_before_a_vowel_too(pronoun: str):
    found = reverse(f"Il est faux de dire qu'{pronoun} paie.")
    assert found is not None
    assert found.text == f"{pronoun.capitalize()} paie."
