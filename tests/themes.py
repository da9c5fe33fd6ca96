"""Made-up documents about subjects that share no word, for tests of topics."""

from __future__ import annotations

import random

THEMES = {
    "farms": "harvest wheat cattle barn meadow tractor orchard dairy ploughing manure",
    "ships": "harbour vessel captain anchor cargo sailor lighthouse tide rudder mast",
    "schools": "pupil teacher lesson classroom homework blackboard exam playground desk textbook",
    "hospitals": "nurse surgeon ward patient ambulance bandage vaccine clinic diagnosis therapy",
}
STRANGE = "telescope galaxy comet orbit nebula asteroid eclipse meteor starlight cosmos"


def text_about(words: str, seed: int, length: int = 40) -> str:
    """A text of words of one subject, the same for the same seed."""
    chosen = random.Random(seed).choices(words.split(), k=length)
    return f"The {' and the '.join(chosen)}."
