"""Local weights through transformers: replies, log-probabilities of tokens, log-likelihoods of continuations.

Needs torch and transformers, which are not part of the installation; both are imported when a model is
loaded. Nothing is fetched: a model is a folder with its configuration, tokenizer and safetensors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from evaluation.engines.local_text import Encoder
from pipeline.engines.client import ChatReply, ChatRequest, TokenLogprob
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest, checked

BATCH = 8
_WINDOW = 8  # batches whose texts are sorted by length, so that little is padded
_MOST_TOKENS_WITH_LOGPROBS = 64  # logits of every written token are kept until it is done
_INSTALL = "Local weights need torch and transformers: install them with `python3 navab install local`."


class LocalModelError(ValueError):
    """The model cannot be loaded; the message says why and what to do."""


class LocalModel:
    """A causal language model from a folder. Greedy: temperature, seed and schema of a request do not count.

    Log-likelihoods are those of lm-evaluation-harness 0.4 for the same model: context and continuation are
    encoded together and split by the length of the context's own encoding, spaces at the end of the context
    go to the continuation, and an empty context is the start token. A text too long for the model is an
    error; the harness would cut it.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        device: str = "cpu",
        batch: int = BATCH,
        is_chat_scored: bool = False,
        random_seed: int | None = None,
    ) -> None:
        """Load ``path``. With ``random_seed`` the same architecture with random weights. ``is_chat_scored``
        puts contexts of continuations into the chat template, where there is one."""
        torch, transformers = _libraries()
        if not (path / "config.json").is_file():
            raise LocalModelError(f"{path} is no folder with the config.json of a model")
        self.path = path
        self.device = device
        self._batch = batch
        self._torch = torch
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(path), local_files_only=True)
            self._model = _model(path, random_seed, torch, transformers).to(device).eval()
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise LocalModelError(f"{path} cannot be loaded: {' '.join(str(error).split())[:500]}") from None
        self._encoder = Encoder(tokenizer, self._model.config, is_chat_scored=is_chat_scored)
        self.has_chat_template = self._encoder.has_chat_template
        random = "" if random_seed is None else f", random weights, seed {random_seed}"
        self.name = (name or path.name) + random
        self.dtype = str(self._model.dtype).removeprefix("torch.")

    def digest(self) -> str:
        """64 hex digits over the files of the folder: other weights or another tokenizer have another one."""
        found = sha256()
        for path in sorted(self.path.iterdir()):
            if path.suffix in {".json", ".safetensors", ".model", ".txt", ".jinja"}:
                found.update(f"{path.name}\0{path.stat().st_size}\0".encode())
                with path.open("rb") as file:
                    while block := file.read(1 << 20):
                        found.update(block)
        return found.hexdigest()

    def complete(self, request: ChatRequest) -> ChatReply:
        """The greedy reply."""
        return self._replies([request])[0]

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Greedy replies, batch by batch."""
        numbered = iter(enumerate(requests))
        while batch := list(islice(numbered, self._batch)):
            replies = self._replies([request for _, request in batch])
            yield from zip([position for position, _ in batch], replies, strict=True)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """Log-likelihoods of continuations, batch by batch."""
        numbered = iter(enumerate(requests))
        while window := list(islice(numbered, self._batch * _WINDOW)):
            encoded = []
            for position, request in window:
                context, continuation = self._encoder.pair(request.context, request.continuation)
                error = self._encoder.problem(len(context) + len(continuation) - 1, bool(continuation))
                if error:
                    yield position, ScoreReply(error=error)
                else:
                    encoded.append((position, context, continuation))
            encoded.sort(key=lambda entry: -len(entry[1]) - len(entry[2]))
            for start in range(0, len(encoded), self._batch):
                yield from self._scored(encoded[start : start + self._batch])

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """Typed decisions are an endpoint's: always an error."""
        for position, _ in enumerate(requests):
            yield position, DecisionReply(error="local weights make no typed decisions")

    def _scored(self, batch: Sequence[tuple[int, list[int], list[int]]]) -> Iterator[tuple[int, ScoreReply]]:
        torch = self._torch
        texts = [(context + continuation)[:-1] for _, context, continuation in batch]
        ids, mask = self._padded(texts, is_left=False)
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask).logits
        for row, (position, context, continuation) in enumerate(batch):
            start = len(context) - 1
            read = logits[row, start : start + len(continuation)].float().log_softmax(-1)
            chosen = read.gather(-1, torch.tensor(continuation, device=self.device)[:, None])[:, 0]
            yield position, checked(chosen.tolist(), len(texts[row]) + 1)

    def _replies(self, requests: Sequence[ChatRequest]) -> list[ChatReply]:
        torch = self._torch
        most = max(request.max_tokens for request in requests)
        tops = max(request.top_logprobs for request in requests)
        if tops and most > _MOST_TOKENS_WITH_LOGPROBS:
            error = f"local weights give log-probabilities of at most {_MOST_TOKENS_WITH_LOGPROBS} tokens"
            return [ChatReply(error=error, model=self.name) for _ in requests]
        prompts = [self._encoder.prompt(request.messages) for request in requests]
        longest = max(map(len, prompts))
        if error := self._encoder.problem(longest + 1, True):
            # One too long text must not fail the others.
            if len(requests) > 1:
                return [self._replies([request])[0] for request in requests]
            return [ChatReply(error=error, model=self.name)]
        ids, mask = self._padded(prompts, is_left=True)
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._greedy(min(most, self._encoder.longest - longest)),
            )
        written = made.sequences[:, ids.shape[1] :].tolist()
        return [
            self._reply(request, len(prompt), written[row], [step[row] for step in made.logits or ()])
            for row, (request, prompt) in enumerate(zip(requests, prompts, strict=True))
        ]

    def _greedy(self, most: int) -> Any:
        from transformers import GenerationConfig

        # A folder's own configuration may sample.
        return GenerationConfig(
            do_sample=False,
            max_new_tokens=max(1, most),
            eos_token_id=self._ends,
            pad_token_id=self._encoder.padding,
            return_dict_in_generate=True,
            output_logits=most <= _MOST_TOKENS_WITH_LOGPROBS,
        )

    @property
    def _ends(self) -> list[int]:
        configured = self._model.generation_config.eos_token_id
        listed = configured if isinstance(configured, list) else [configured]
        return [token for token in (*listed, self._encoder.end) if token is not None] or [-1]

    def _reply(self, request: ChatRequest, read: int, written: list[int], logits: list[Any]) -> ChatReply:
        ends = set(self._ends)
        stop = next((place for place, token in enumerate(written) if token in ends), len(written))
        kept = written[: min(stop, request.max_tokens)]
        text = self._encoder.text(kept)
        logprobs: tuple[TokenLogprob, ...] = ()
        if request.top_logprobs:
            # Where nothing was written, the place of the first token still tells what might have been.
            shown = kept or written[:1]
            logprobs = tuple(self._token(token, logits[place], request) for place, token in enumerate(shown))
        return ChatReply(
            text=text,
            logprobs=logprobs,
            tokens_in=read,
            tokens_out=len(kept),
            model=self.name,
            is_cut=stop == len(written),
        )

    def _token(self, token: int, logits: Any, request: ChatRequest) -> TokenLogprob:
        logprobs = logits.float().log_softmax(-1)
        values, ids = logprobs.topk(min(request.top_logprobs, logprobs.shape[-1]))
        found = dict(zip(ids.tolist(), values.tolist(), strict=True))
        for watched in self._encoder.single_tokens(request.watched):
            found[watched] = float(logprobs[watched])
        tops: dict[str, float] = {}
        for one, value in found.items():
            # Several tokens may be written alike; the likeliest stands for them.
            written = self._encoder.token_text(one)
            tops[written] = max(value, tops.get(written, value))
        return TokenLogprob(self._encoder.token_text(token), float(logprobs[token]), tops)

    def _padded(self, texts: Sequence[list[int]], *, is_left: bool) -> tuple[Any, Any]:
        longest = max(map(len, texts))
        ids, mask = [], []
        for text in texts:
            gap = [self._encoder.padding] * (longest - len(text))
            ids.append(gap + text if is_left else text + gap)
            ones, zeros = [1] * len(text), [0] * len(gap)
            mask.append(zeros + ones if is_left else ones + zeros)
        return tuple(self._torch.tensor(rows, device=self.device) for rows in (ids, mask))  # type: ignore[return-value]


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise LocalModelError(f"{_INSTALL} ({error})") from None
    return torch, transformers


def _model(path: Path, random_seed: int | None, torch: Any, transformers: Any) -> Any:
    if random_seed is None:
        # Only safetensors: other weight files can run code when they are read.
        return transformers.AutoModelForCausalLM.from_pretrained(
            str(path), dtype="auto", local_files_only=True, use_safetensors=True
        )
    config = transformers.AutoConfig.from_pretrained(str(path), local_files_only=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_seed)
        return transformers.AutoModelForCausalLM.from_config(config)
