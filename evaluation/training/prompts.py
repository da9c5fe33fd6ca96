"""How a model is asked, the same in training and in scoring, and as the protocols of evaluation ask it."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.rows import ReleaseRow
from evaluation.scoring.multiple_choice import LETTERS, OptionOrder, options
from pipeline.engines.client import ChatRequest
from pipeline.engines.likelihood import ScoreRequest
from pipeline.prompts import render

# Without a chat template the answer follows the question after a space; with one it is the assistant's turn.
DELIMITER = " "
_TOP_LOGPROBS = 20


def option_requests(row: ReleaseRow) -> list[ScoreRequest]:
    """S after the question, then RS. The engine puts the question into the chat template where there is one,
    and then drops the space."""
    return [
        ScoreRequest(row.question, DELIMITER + text, row.id)
        for text in (row.statement, row.reversed_statement)
    ]


def letter_request(row: ReleaseRow, order: OptionOrder) -> ChatRequest:
    """The question with both options, for the log-probabilities of their letters."""
    option_a, option_b = options(row.statement, row.reversed_statement, order)
    prompt = render("mc", language=row.language, question=row.question, option_a=option_a, option_b=option_b)
    return ChatRequest(
        prompt.messages,
        task="mc",
        max_tokens=1,
        temperature=0.0,
        top_logprobs=_TOP_LOGPROBS,
        watched=LETTERS,
        label=row.id,
    )


def example(row: ReleaseRow, *, is_chat: bool, exchanged: bool) -> dict[str, Any]:
    """A pair as TRL reads it: S preferred to RS or, exchanged, the other way round."""
    chosen, rejected = row.statement, row.reversed_statement
    if exchanged:
        chosen, rejected = rejected, chosen
    if not is_chat:
        return {"prompt": row.question, "chosen": DELIMITER + chosen, "rejected": DELIMITER + rejected}
    return {
        "prompt": [{"role": "user", "content": row.question}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
    }
