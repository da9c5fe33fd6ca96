"""How fast the openai engine asks, against a bare HTTP client at the same concurrency in one run.

python -m benchmarks.throughput [--requests N] [--concurrency C] [--delay SECONDS] [--rounds R] [--json]

Starts a server process on loopback that answers every chat request at once (or after a delay), and asks it
the same questions twice: with a bare HTTP client that reads JSON, and through the engine with its schema and
retries. Prints the median rates and their ratio, as one JSON object if so wanted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import httpx2

from benchmarks.answering import Answering
from pipeline.engines.client import ChatRequest
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import json_schema
from pipeline.prompts import render
from pipeline.screening.model import ScreeningReply

REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": json.dumps({"label": "sensitive", "rationale": "It says what is owed to whom."}),
            },
        }
    ],
    "usage": {"prompt_tokens": 400, "completion_tokens": 20, "total_tokens": 420},
}


def _serve(delay: float, port: Any) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: Answering(REPLY, delay), "127.0.0.1", 0
        )
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def _requests(count: int) -> Iterator[ChatRequest]:
    for number in range(count):
        prompt = render(
            "statement_screening",
            statement=f"Statement {number}: every child has a right to a school.",
            title="A school for every child",
            context="The council met on Monday. " * 20,
        )
        yield ChatRequest(prompt.messages, ScreeningReply, prompt.task, want_logprobs=True)


def _bare(url: str, requests: list[ChatRequest], concurrency: int) -> float:
    """Requests a second of a client that posts bodies and reads JSON."""
    schema = {"name": "reply", "schema": json_schema(ScreeningReply), "strict": True}
    bodies = [
        {
            "model": "bench",
            "messages": list(request.messages),
            "temperature": 0.0,
            "logprobs": True,
            "max_completion_tokens": request.max_tokens,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
        for request in requests
    ]

    async def ask() -> float:
        slots = asyncio.Semaphore(concurrency)
        limits = httpx2.Limits(max_connections=concurrency)
        async with httpx2.AsyncClient(limits=limits) as client:

            async def one(body: dict[str, Any]) -> Any:
                async with slots:
                    response = await client.post(f"{url}/chat/completions", json=body)
                    return response.json()

            start = time.perf_counter()
            await asyncio.gather(*(one(body) for body in bodies))
            return len(bodies) / (time.perf_counter() - start)

    return asyncio.run(ask())


def _engine(url: str, requests: list[ChatRequest], concurrency: int) -> float:
    """Requests a second of the engine, replies parsed."""
    model = OpenAIModel(url, "", "bench", concurrency=concurrency)
    start = time.perf_counter()
    answered = sum(reply.parsed is not None for _, reply in model.complete_many(requests))
    rate = len(requests) / (time.perf_counter() - start)
    model.close()
    if answered != len(requests):
        raise RuntimeError(f"only {answered} of {len(requests)} requests were answered")
    return rate


def main() -> None:
    """Measure both, alternating, and print the median rates and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput")
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds the server waits before it answers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a sentence")
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(options.delay, there), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/v1"
    requests = list(_requests(options.requests))
    rates: dict[str, list[float]] = {"bare": [], "engine": []}
    try:
        for _ in range(options.rounds):
            rates["bare"].append(_bare(url, requests, options.concurrency))
            rates["engine"].append(_engine(url, requests, options.concurrency))
    finally:
        server.terminate()
    bare, engine = median(rates["bare"]), median(rates["engine"])
    found = {
        "requests": options.requests,
        "concurrency": options.concurrency,
        "delay_seconds": options.delay,
        "bare_per_second": round(bare),
        "engine_per_second": round(engine),
        "ratio": round(engine / bare, 3),
    }
    if options.json:
        print(json.dumps(found))
    else:
        print(f"bare client {bare:.0f}/s, engine {engine:.0f}/s, ratio {engine / bare:.2f}")


if __name__ == "__main__":
    main()
