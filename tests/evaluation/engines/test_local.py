"""Local weights: padding changes nothing, templates are applied, what cannot be read is an error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evaluation.engines.local import LocalModel, LocalModelError
from evaluation.engines.probe import probe
from evaluation.scoring.protocol_kind import ProtocolKind
from pipeline.engines.client import ChatRequest
from pipeline.engines.likelihood import ScoreRequest
from tests.evaluation.training.tiny import model_folder

PAIRS = [
    ScoreRequest("What should the town do?", " The town must keep its bridge."),
    ScoreRequest("What should the town do? ", "No."),
    ScoreRequest("", " The town must keep its bridge and its well, and open the gate every morning."),
    ScoreRequest("Que faire ?", " La ville doit garder son pont."),
    ScoreRequest("镇应该做什么？", " 镇必须保留桥梁。"),
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("plain"), with_chat=False)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("chat"), with_chat=True)


def letters(text: str = "Choose.\n\nA. Yes.\n\nB. No.", **fields: object) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), **fields)  # type: ignore[arg-type]


@pytest.mark.clients
def test_scores_are_the_same_alone_and_in_padded_batches(plain: Path):
    alone = dict(LocalModel(plain, batch=1).score_many(PAIRS))
    together = dict(LocalModel(plain, batch=5).score_many(PAIRS))

    for place, reply in alone.items():
        assert together[place].logprobs == pytest.approx(reply.logprobs, abs=1e-5)
        assert all(value < 0 for value in reply.logprobs)


@pytest.mark.clients
def test_scores_are_those_of_the_model_read_token_by_token(plain: Path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(plain), AutoModelForCausalLM.from_pretrained(plain)
    context, continuation = PAIRS[0].context, PAIRS[0].continuation
    whole = tokenizer.encode(context + continuation)
    begun = len(tokenizer.encode(context))
    expected = []
    with torch.no_grad():
        for place in range(begun, len(whole)):
            logits = model(torch.tensor([whole[:place]])).logits[0, -1]
            expected.append(float(logits.log_softmax(-1)[whole[place]]))

    assert dict(LocalModel(plain).score_many(PAIRS[:1]))[0].logprobs == pytest.approx(expected, abs=1e-5)


@pytest.mark.clients
def test_a_chat_template_is_applied_to_prompts_and_to_scored_questions_when_wished(plain: Path, chat: Path):
    bare, templated = LocalModel(plain), LocalModel(chat)
    scored = LocalModel(chat, is_chat_scored=True)

    assert (bare.has_chat_template, templated.has_chat_template) == (False, True)
    # The same weights and words: only the template's own tokens are read beside them.
    read = [model.complete(letters(max_tokens=1)).tokens_in for model in (bare, templated)]
    assert read[1] > read[0]
    request = ScoreRequest("What should the town do?", " Keep the bridge.")
    values = [dict(model.score_many([request]))[0].total for model in (bare, templated, scored)]
    assert values[0] == pytest.approx(values[1], abs=1e-6)
    assert values[2] != pytest.approx(values[0], abs=1e-3)


@pytest.mark.clients
def test_replies_are_greedy_repeat_and_do_not_depend_on_their_batch(chat: Path):
    model = LocalModel(chat, batch=3)
    requests = [letters(f"Say {n} things about the bridge." * n, max_tokens=6) for n in range(1, 6)]
    together = {place: reply.text for place, reply in model.complete_many(requests)}

    assert together == {place: model.complete(request).text for place, request in enumerate(requests)}


@pytest.mark.clients
def test_top_logprobs_name_the_watched_letters_and_are_probabilities(chat: Path):
    import math

    reply = LocalModel(chat).complete(letters(max_tokens=2, top_logprobs=3, watched=("A", "B")))
    first = reply.logprobs[0]

    assert {"A", "B"} <= set(first.top)
    assert sum(map(math.exp, first.top.values())) <= 1 + 1e-6
    assert first.logprob == pytest.approx(max(first.top.values()), abs=1e-6)  # greedy


@pytest.mark.clients
@pytest.mark.parametrize("kind", [ProtocolKind.LETTERS_LOGPROB, ProtocolKind.LIKELIHOOD_PMI])
def test_probes_pass_on_local_weights(plain: Path, kind: ProtocolKind):
    found = probe(kind, LocalModel(plain))

    assert (found.is_passed, found.said != "") == (True, True)


@pytest.mark.clients
def test_a_probe_for_decisions_is_refused(plain: Path):
    assert probe(ProtocolKind.DECISIONS, LocalModel(plain)).said == "local weights make no typed decisions"


@pytest.mark.clients
def test_a_text_too_long_is_an_error_of_its_own_and_not_cut(plain: Path):
    long = ScoreRequest("bridge " * 600, " Yes.")
    replies = dict(LocalModel(plain).score_many([long, PAIRS[0]]))

    assert "more than the 512 the model takes" in replies[0].error
    assert replies[1].error == ""
    said = dict(LocalModel(plain).complete_many([letters("bridge " * 600), letters(max_tokens=1)]))
    assert ("more than the 512" in said[0].error, said[1].error) == (True, "")


@pytest.mark.clients
def test_random_weights_are_of_the_same_shape_seeded_and_not_the_models(plain: Path):
    def total(**options: int) -> float:
        return dict(LocalModel(plain, **options).score_many(PAIRS[:1]))[0].total  # type: ignore[arg-type]

    assert total(random_seed=1) == total(random_seed=1)
    assert len({round(total(), 6), round(total(random_seed=1), 6), round(total(random_seed=2), 6)}) == 3


@pytest.mark.clients
def test_the_digest_follows_the_weights(plain: Path, chat: Path, tmp_path: Path):
    other = model_folder(tmp_path / "other", with_chat=False, seed=8)

    assert LocalModel(plain).digest() == LocalModel(plain).digest()
    assert len({LocalModel(path).digest() for path in (plain, chat, other)}) == 3


@pytest.mark.clients
@pytest.mark.parametrize("content", [None, "{}", '{"model_type": "llama"}'])
def test_a_folder_that_is_no_model_says_so(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(LocalModelError, match=r"is no folder with the config\.json|cannot be loaded"):
        LocalModel(tmp_path)


def test_without_torch_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LocalModelError, match="python3 navab install local"):
        LocalModel(tmp_path)
