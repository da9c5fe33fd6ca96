"""A release folder with preference pairs, and random models of a few thousand weights to train on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evaluation.publishing.gates import check_gates
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.rows import ReleaseRow
from tests.evaluation.publishing.content import content, row
from tests.evaluation.publishing.written import written

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ("<unk>", "<s>", "</s>", "<pad>", "<|user|>", "<|assistant|>")


# language, then question, statement and its reversal; four places to fill. With numbers of
# choices that share no factor no two items below 2520 are near copies
_SENTENCES = {
    "GB": (
        "What should {town} do about the {thing}?",
        "The council of {town} should {verb} the {thing} for {whom}.",
        "The council of {town} should not {verb} the {thing} for {whom}.",
    ),
    "FR": (
        "Que doit faire {town} du lieu dit {thing} ?",
        "La commune de {town} doit {verb} le lieu dit {thing} pour {whom}.",
        "La commune de {town} ne doit pas {verb} le lieu dit {thing} pour {whom}.",
    ),
}
_TOWNS = ("Alna", "Berro", "Cadmire", "Dolvy", "Estrin", "Fallow", "Gresk")
_VERBS = {
    "GB": ("open", "repair", "extend", "sell", "rename"),
    "FR": ("ouvrir", "refaire", "agrandir", "vendre", "renommer"),
}
_THINGS = ("Belvedere", "Arsenal", "Pavilion", "Orangery", "Rotunda", "Terminus", "Lido", "Arcade")
_WHOM = {
    "GB": (
        "young families",
        "night workers",
        "early travellers",
        "old sailors",
        "local painters",
        "rural schools",
        "market traders",
        "summer guests",
        "winter swimmers",
    ),
    "FR": (
        "jeunes familles",
        "vieux marins",
        "petites écoles",
        "grands voyageurs",
        "bons peintres",
        "futurs artisans",
        "rares visiteurs",
        "simples marchands",
        "nouveaux nageurs",
    ),
}


def invented(nation: str, n: int, *, lopsided: bool = False, **changes: Any) -> ReleaseRow:
    """A quoted item of an invented place. S is the negated one where ``n`` is odd; lopsided, it never is."""
    words = {
        "town": _TOWNS[n % 7],
        "verb": _VERBS[nation][n % 5],
        "thing": _THINGS[n % 8],
        "whom": _WHOM[nation][n % 9],
    }
    question, plain, negated = (text.format(**words) for text in _SENTENCES[nation])
    statement, reversal = (plain, negated) if lopsided or n % 2 == 0 else (negated, plain)
    texts = {"question": question, "statement": statement, "reversed_statement": reversal}
    return row(nation, n, **{**texts, **changes})


def part_rows(
    numbers: Iterable[int], part: str, nations: Sequence[str] = ("GB", "FR"), *, lopsided: bool = False
) -> list[ReleaseRow]:
    """Items of some nations; no topic of one part is in another."""
    return [
        invented(nation, n, topic=f"{part} {n}", lopsided=lopsided) for nation in nations for n in numbers
    ]


def release_folder(
    where: Path,
    *,
    evaluation: Sequence[ReleaseRow] | None = None,
    train: Sequence[ReleaseRow] | None = None,
    test: Sequence[ReleaseRow] | None = None,
) -> Path:
    """A whole release folder; its parts are apart unless rows are given."""
    evaluation = part_rows(range(6), "evaluation") if evaluation is None else evaluation
    report = check_gates(evaluation, Gates(), alpha={}, unqualified_ids=())
    made = content(
        evaluation,
        train=part_rows(range(100, 108), "train") if train is None else train,
        test=part_rows(range(200, 204), "test") if test is None else test,
        recipe=Recipe(recent_from="2023-01-01", preference_share=0.3),
        gates=tuple(result.as_dict() for result in report),
        override="",
        holdout={},
        previous="",
        changes=(),
    )
    return written(where, made)


def model_folder(where: Path, *, with_chat: bool, seed: int = 7) -> Path:
    """Random weights of Llama's shape, and a tokenizer trained on invented text; below 1 MB."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    if with_chat:
        tokenizer.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(where)
    tokenizer.save_pretrained(where)
    return where


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bytes_to_text = Tokenizer(models.BPE(unk_token="<unk>"))
    bytes_to_text.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_to_text.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [
        text
        for found in part_rows(range(300, 310), "tokenizer")
        for text in (found.question, found.statement, found.reversed_statement)
    ]
    bytes_to_text.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bytes_to_text,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
    )
