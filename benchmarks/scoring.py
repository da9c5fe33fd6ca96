"""How fast a release is scored against an endpoint, database included, beside a bare HTTP client in one run.

python -m benchmarks.scoring [--items N] [--concurrency C] [--servers S] [--delay SECONDS]

Makes a release of N items in a new SQLite database and asks each in both orders, by ``evaluate`` as the
command does it: probe, prompts, requests, letters read, answers written, figures. A bare aiohttp client posts
the same bodies, made before, to the same server and reads JSON: half of them before the run and half after,
as the machine may slow down or speed up meanwhile. The server is S asyncio processes on loopback that share a
port and answer every request with the same letter. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.answering import Answering

LIMIT = 0.5
REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "A"}}],
    "usage": {"prompt_tokens": 90, "completion_tokens": 1, "total_tokens": 91},
}


def _serve(listening: socket.socket, delay: float) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Answering(REPLY, delay), sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def servers(count: int, delay: float) -> Iterator[str]:
    """Address of ``count`` processes that answer on one port; the kernel spreads connections over them."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        started = [
            multiprocessing.get_context("fork").Process(target=_serve, args=(listening, delay), daemon=True)
            for _ in range(count)
        ]
        for process in started:
            process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            for process in started:
                process.terminate()


def bare_seconds(url: str, bodies: list[dict[str, Any]], concurrency: int) -> float:
    """Seconds of a client that posts bodies and reads JSON, and nothing else."""
    import aiohttp

    async def ask() -> float:
        waiting = iter(bodies)
        connector = aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def work() -> None:
                for body in waiting:
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        await response.json()

            start = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(concurrency)))
            return time.perf_counter() - start

    return asyncio.run(ask())


def make_release(items: int) -> Any:
    """A release of ``items`` invented items in the database of the settings."""
    from django.utils import timezone

    from annotation.lifecycle import ReleaseStatus
    from annotation.models import Nation
    from evaluation.models import Release, ReleaseItem

    fields = {"name": "United Kingdom", "languages": ["en"], "script": "Latn"}
    nation, _ = Nation.objects.get_or_create(code="GB", defaults=fields)
    release = Release.objects.create(
        name="bench",
        version="1.0.0",
        status=ReleaseStatus.CANDIDATE,
        digest="0" * 64,
        frozen_at=timezone.now(),
    )
    rows = (
        ReleaseItem(
            release=release,
            nation=nation,
            key=f"{n:040x}",
            origin=f"{n:040x}",
            source_type="quoted",
            language="en",
            question=f"What should the council do about the school in street {n}?",
            statement=f"The council must keep the school in street {n} open for every child.",
            reversed_statement=f"The council must not keep the school in street {n} open for every child.",
            article_key=str(n // 3),
            row="{}",
        )
        for n in range(items)
    )
    ReleaseItem.objects.bulk_create(rows, batch_size=2_000)
    return release


def bodies_of(release: Any) -> list[dict[str, Any]]:
    """The bodies that scoring will post, in both orders."""
    from pipeline.prompts import render

    found = []
    for item in release.items.order_by("key").iterator():
        for first, second in (
            (item.statement, item.reversed_statement),
            (item.reversed_statement, item.statement),
        ):
            prompt = render("mc", language="en", question=item.question, option_a=first, option_b=second)
            found.append(
                {
                    "model": "bench",
                    "messages": list(prompt.messages),
                    "temperature": 0.0,
                    "max_completion_tokens": 1024,
                }
            )
    return found


def scored_seconds(url: str, release: Any, concurrency: int) -> float:
    """Seconds of one whole run; afterwards every item has an answer in both orders."""
    from evaluation.models import ProtocolKind
    from evaluation.services.runs.candidates import Wish, prepare
    from evaluation.services.runs.evaluate import evaluate
    from evaluation.services.runs.spending import Spending

    wish = Wish(model="bench", kinds=[ProtocolKind.LETTERS], base_url=url, concurrency=concurrency)
    spending = Spending()
    candidate, [protocol] = prepare(release=release, wish=wish, spending=spending)
    start = time.perf_counter()
    run = evaluate(release=release, candidate=candidate, protocol=protocol, spending=spending)
    passed = time.perf_counter() - start
    wanted = 2 * release.items.count()
    if (answers := run.answers.exclude(outcome="error").count()) != wanted:
        raise RuntimeError(f"{answers} answers of {wanted}")
    return passed


def main() -> int:
    """Measure both, print JSON. 1 when scoring is below half of the bare client."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring")
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds the server waits before it answers")
    options = parser.parse_args()
    with (
        servers(options.servers, options.delay) as url,
        tempfile.TemporaryDirectory(prefix="navab-scoring-") as folder,
    ):
        _set_up(Path(folder))
        release = make_release(options.items)
        bodies = bodies_of(release)
        middle = len(bodies) // 2
        bare = bare_seconds(url, bodies[:middle], options.concurrency)
        scored = scored_seconds(url, release, options.concurrency)
        bare += bare_seconds(url, bodies[middle:], options.concurrency)
    ratio = bare / scored
    found = {
        "items": options.items,
        "requests": 2 * options.items,
        "concurrency": options.concurrency,
        "delay_seconds": options.delay,
        "bare_per_second": round(2 * options.items / bare),
        "scored_per_second": round(2 * options.items / scored),
        "ratio": round(ratio, 3),
        "limit": LIMIT,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(found))
    return 0 if ratio >= LIMIT else 1


def _set_up(folder: Path) -> None:
    """Django on a new database."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="navab_site.settings",
        DJANGO_SECRET_KEY="only-for-this-run",
        NAVAB_DATA_DIR=str(folder),
        DATABASE_URL=f"sqlite:///{folder / 'scoring.sqlite3'}",
        OPENAI_BASE_URL="",
        NAVAB_ENDPOINT_HOSTS="",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    raise SystemExit(main())
