"""Text to tokens and back for local weights: chat templates, pairs split as lm-evaluation-harness does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.engines.client import Message

_LENGTHS = ("n_positions", "max_position_embeddings", "n_ctx")  # names configurations have for it
_UNLIMITED = 2**40


class Encoder:
    """A tokenizer with its model's limits."""

    def __init__(self, tokenizer: Any, config: Any, *, is_chat_scored: bool) -> None:
        self._tokenizer = tokenizer
        self._is_chat_scored = is_chat_scored
        self.has_chat_template = bool(getattr(tokenizer, "chat_template", None))
        self.end = tokenizer.eos_token_id
        start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else self.end
        self._start = 0 if start is None else start
        padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else self.end
        self.padding = 0 if padding is None else padding
        lengths = [getattr(config, name, None) for name in _LENGTHS]
        self.longest = min([length for length in lengths if length] or [_UNLIMITED])

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of a conversation that waits for its reply: by the chat template, else the bare texts."""
        if self.has_chat_template:
            return self._templated(messages)
        text = "\n".join(message["content"] for message in messages) + "\n"
        return list(self._tokenizer.encode(text))

    def pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """Tokens of a context and of what goes on from it; an empty context is the start token."""
        if not context:
            tokens = list(self._tokenizer.encode(continuation, add_special_tokens=False))
            if tokens[:1] == [self._start]:
                return tokens[:1], tokens[1:]
            return [self._start], tokens
        if self._is_chat_scored and self.has_chat_template:
            option = self._tokenizer.encode(continuation.lstrip(" "), add_special_tokens=False)
            return self._templated([{"role": "user", "content": context}]), list(option)
        kept = context.rstrip()
        continuation = context[len(kept) :] + continuation
        begun = self._encoded(kept)
        return begun, self._encoded(kept + continuation)[len(begun) :]

    def problem(self, tokens: int, has_continuation: bool) -> str:
        """Why a text of so many tokens cannot be read; empty if it can."""
        if not has_continuation:
            return "the continuation has no token of its own"
        if tokens > self.longest:
            return f"the text has {tokens} tokens, more than the {self.longest} the model takes"
        return ""

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens say, without the tokenizer's own marks."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def token_text(self, token: int) -> str:
        """One token as it is written."""
        return str(self._tokenizer.decode([token]))

    def single_tokens(self, words: Sequence[str]) -> list[int]:
        """Tokens that are one of these words whole, with or without a space before."""
        found = []
        for word in words:
            for written in (word, f" {word}"):
                tokens = self._tokenizer.encode(written, add_special_tokens=False)
                if len(tokens) == 1:
                    found.append(tokens[0])
        return found

    def _templated(self, messages: Sequence[Message]) -> list[int]:
        text = self._tokenizer.apply_chat_template(
            [dict(message) for message in messages], add_generation_prompt=True, tokenize=False
        )
        # The template writes the start token itself.
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _encoded(self, text: str) -> list[int]:
        start = self._tokenizer.decode(self._start)
        if start and text.startswith(start):
            return list(self._tokenizer.encode(text, add_special_tokens=False))
        return list(self._tokenizer.encode(text))
