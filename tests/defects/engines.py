"""Engines whose model is a fake, for whole stages over the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from annotation.services.stages.run import StepReport, run_pipeline
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.fake import QueueModel
from pipeline.flow import Engines
from pipeline.records import Engine
from tests.tiny_model import read_blocks


class AnsweringModel(QueueModel):
    """Answers a request by a function of the texts in its prompt, by the name of their delimiters."""

    def __init__(self, answer: Callable[[dict[str, list[str]]], str]) -> None:
        super().__init__()
        self._answer = answer

    def complete(self, request: ChatRequest) -> ChatReply:
        self.enqueue(self._answer(read_blocks(request.messages[0]["content"])))
        return super().complete(request)

    def shown(self, block: str) -> list[str]:
        """What stood in ``block`` of each prompt so far."""
        return [read_blocks(one.messages[0]["content"])[block][0] for one in self.requests]


@dataclass(frozen=True)
class FakeEngines(Engines):
    """The openai engine with a model of the test's own."""

    engine: Engine = Engine.OPENAI
    model: Any = None

    def client(self, task: str) -> Any:
        return self.model


def run_stage(nation: str, stage: str, engines: Engines | None = None) -> list[StepReport]:
    """One stage of one nation, as the command runs it."""
    return list(
        run_pipeline(nations=[nation], stage=stage, engines=engines or Engines(), progress=lambda *_: None)
    )
