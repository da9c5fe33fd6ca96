"""Reversing German statements."""

from __future__ import annotations

import pytest

from pipeline.triples.german import reverse
from pipeline.triples.reversal import DIRECTION, MODAL, PLAIN, VERB, WRAPPER


@pytest.mark.parametrize(
    ("statement", "denial", "confidence"),
    [
        # Where the negation goes.
        ("Der Rat soll heute entscheiden.", "Der Rat soll heute nicht entscheiden.", MODAL),
        ("Der Bund muss es zahlen.", "Der Bund muss es nicht zahlen.", MODAL),
        (
            "Wir müssen die Weichen stellen für den Frieden.",
            "Wir müssen die Weichen nicht stellen für den Frieden.",
            MODAL,
        ),
        ("Der Rat soll den Damm bauen und sparen.", "Der Rat soll den Damm nicht bauen und sparen.", MODAL),
        ("Der Rat hat den Damm gebaut.", "Der Rat hat den Damm nicht gebaut.", VERB),
        ("Der Rat hilft der Stadt mit Geld.", "Der Rat hilft der Stadt nicht mit Geld.", VERB),
        ("Ich warte auf den Bus.", "Ich warte nicht auf den Bus.", VERB),
        ("Die Stadt setzt sich für Kinder ein.", "Die Stadt setzt sich nicht für Kinder ein.", VERB),
        ("Die Schule steht Kindern offen.", "Die Schule steht Kindern nicht offen.", VERB),
        ("Die Brücke ist aus Stein.", "Die Brücke ist nicht aus Stein.", PLAIN),
        ("Der Damm ist sehr wichtig.", "Der Damm ist nicht sehr wichtig.", PLAIN),
        ("Das ist unser Haus.", "Das ist nicht unser Haus.", PLAIN),
        # kein for ein.
        ("Der Damm ist ein Segen.", "Der Damm ist kein Segen.", PLAIN),
        ("Heute braucht die Stadt einen Damm.", "Heute braucht die Stadt keinen Damm.", VERB),
        ("Wir glauben an eine Lösung.", "Wir glauben nicht an eine Lösung.", VERB),
        # Clauses around the main one.
        ("Was nötig ist, muss der Staat zahlen.", "Was nötig ist, muss der Staat nicht zahlen.", MODAL),
        (
            "Die Stadt, die am Fluss liegt, braucht einen Damm.",
            "Die Stadt, die am Fluss liegt, braucht keinen Damm.",
            VERB,
        ),
        (
            "Nach Ansicht des Rates muss die Stadt sparen.",
            "Nach Ansicht des Rates muss die Stadt nicht sparen.",
            MODAL,
        ),
        # Verbs of direction.
        ("Der Damm schützt die Stadt.", "Der Damm gefährdet die Stadt.", DIRECTION),
        # The negation taken away.
        ("Niemand muss hungern.", "Jeder muss hungern.", MODAL),
        ("Wir haben keine Schulen.", "Wir haben Schulen.", VERB),
        ("Wir haben keine Lösung.", "Wir haben eine Lösung.", VERB),
        ("Die Stadt wird das nicht mehr dulden.", "Die Stadt wird das noch dulden.", PLAIN),
        ("Das ist überhaupt nicht nötig.", "Das ist nötig.", PLAIN),
        ("Folgende Aussage ist falsch: Der Rat spart.", "Der Rat spart.", WRAPPER),
    ],
)
def test_reverse_denies_the_main_clause(statement: str, denial: str, confidence: float):
    found = reverse(statement)
    assert found is not None
    assert (found.text, found.confidence) == (denial, confidence)


@pytest.mark.parametrize(
    "statement",
    [
        "Der Rat will nur sparen.",
        "Der Rat hat nicht einmal Geld.",
        "Weder Rat noch Stadt dürfen sparen.",
        "Nicht der Rat darf entscheiden.",
        "Das ist nicht nötig, sondern schädlich.",
        "Niemand darf nicht zahlen.",
        "Schönes Wetter gestern.",
        "",
    ],
)
def test_reverse_leaves_alone_what_it_cannot_deny_cleanly(statement: str):
    assert reverse(statement) is None
