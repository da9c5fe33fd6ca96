"""How fast pages of results are at the size of a large release: 10 models on 50 000 items of five nations.

python -m benchmarks.results [--items N] [--models M] [--answers R]

Makes the release and M finished runs in a new SQLite database. R of the runs have all their answers (two per
item), and the letters of their sheets are read from those as a run that ends does; the other runs' letters
are drawn. Then the board is computed once, as the run that finishes last does, and every page is asked for
twice: the first time computes what is kept for it, the second reads it. Prints one JSON object, in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from typing import Any

LIMIT = 2.0
NATIONS = ("CN", "DE", "FR", "GB", "US")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--answers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "NAVAB_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "navab_site.settings",
            "DJANGO_SECRET_KEY": "benchmark" * 8,
            "DJANGO_DEBUG": "1",
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        }
        print(json.dumps(measured(options.items, options.models, options.answers), indent=1))


def measured(items: int, models: int, answers: int) -> dict[str, Any]:
    """Seconds by what was done."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    release, runs, seconds = _made(items, models, answers)
    from django.contrib.auth.models import User

    from evaluation.services.figures.standings import keep_standing

    seconds["board computed"] = timed(lambda: keep_standing(runs[-1]))
    client = Client()
    client.force_login(User.objects.create(username="bench", is_superuser=True))
    first, second = runs[0].candidate, runs[-1].candidate
    item = release.items.first()
    pages = {
        "leaderboard": "/results/",
        "leaderboard.csv": "/results/leaderboard/numbers.csv",
        "leaderboard.svg": "/results/leaderboard/picture.svg?nation=GB&type=quoted",
        "model": f"/results/models/{first.pk}/",
        "slice": "/results/slice/?nation=GB&topic=topic+3",
        "slice of a nation": "/results/slice/?nation=GB",
        "comparison": f"/results/compare/?a={first.name}&b={second.name}",
        "item": f"/results/items/{release.label}/{item.key}/",
    }
    for name, address in pages.items():
        seconds[name] = [timed(lambda at=address: _opened(client, at)) for _ in range(2)]
    slowest = max((seconds[name][1] for name in pages), key=lambda took: took["wall"])
    return {
        "items": items,
        "models": models,
        "seconds": seconds,
        "slowest kept page": slowest,
        "limit": LIMIT,
    }


def timed(what: Callable[[], Any]) -> dict[str, float]:
    """Seconds by the clock, and of the processor: the clock also counts what else the machine does."""
    wall, used = time.perf_counter(), time.process_time()
    what()
    return {"wall": round(time.perf_counter() - wall, 3), "cpu": round(time.process_time() - used, 3)}


def _opened(client: Any, address: str) -> None:
    status = client.get(address).status_code
    assert status == 200, f"{address}: {status}"


def _made(items: int, models: int, answers: int) -> tuple[Any, list[Any], dict[str, Any]]:
    from django.utils import timezone

    from evaluation.models import Answer, CandidateModel, EvalRun
    from evaluation.services.figures.grids import grid
    from evaluation.services.figures.sheets import sheet_of
    from evaluation.services.figures.stored_figures import keep_figures, signature_of

    draw = random.Random(1)
    release = _release(items)
    ids = list(release.items.order_by("key").values_list("pk", flat=True))
    seconds: dict[str, Any] = {"sheet of a run": []}
    runs = []
    for n in range(models):
        candidate = CandidateModel.objects.create(name=f"model-{n}", backend="openai")
        run = EvalRun.objects.create(
            release=release, candidate=candidate, method="mc", protocol="letters", status="finished",
            finished_at=timezone.now(),
        )  # fmt: skip
        share = 0.5 + 0.04 * n
        if n < answers:
            for start in range(0, len(ids), 5000):
                Answer.objects.bulk_create(
                    Answer(
                        run=run, item_id=pk, order=order, reply="A", probability=draw.random(),
                        outcome="statement" if draw.random() < share else "reversed",
                    )
                    for pk in ids[start : start + 5000]
                    for order in ("s_rs", "rs_s")
                )  # fmt: skip
            over = grid(release)
            seconds["sheet of a run"].append(timed(lambda run=run, over=over: sheet_of(run, over)))
        else:
            letters = "".join("S" if draw.random() < share else "RFX"[draw.randrange(3)] for _ in ids)
            keep_figures(
                release=release,
                name=f"sheet {run.pk}",
                signature=signature_of([run]),
                figures={"outcomes": letters, "bias": {}},
            )
        runs.append(run)
    return release, runs, seconds


def _release(items: int) -> Any:
    from django.utils import timezone

    from evaluation.models import Release, ReleaseItem

    now = timezone.now()
    release = Release.objects.create(
        name="bench", version="1.0.0", status="candidate", digest="0" * 64, frozen_at=now
    )
    for start in range(0, items, 5000):
        ReleaseItem.objects.bulk_create(
            ReleaseItem(
                release=release, nation_id=NATIONS[n % 5], key=f"{n:040d}", origin=f"{n:040d}",
                source_type="quoted" if n % 3 else "official", language="en", topic=f"topic {n % 40}",
                question="Q?", statement="S", reversed_statement="RS", article_key=f"{n % 5}-{n // 15}",
                row="{}",
            )
            for n in range(start, min(items, start + 5000))
        )  # fmt: skip
    return release


if __name__ == "__main__":
    main()
