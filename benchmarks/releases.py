"""How long a large release takes to be written, verified, rebuilt and diffed, and how much memory.

python -m benchmarks.releases [--items N] [--keep FOLDER] [--json]

Makes a database of approved items of five nations in four languages, with two votes each, and calls the
project's own commands on it, each as a process of its own: ``make_release``, ``verify_release``,
``rebuild_release``; then changes one item in a hundred, makes the next version, and calls ``diff_release``.
The limits are those of a release of 100 000 items: 120 seconds and 1 GB a step.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

LIMIT_SECONDS, LIMIT_MB = 120, 1024
_BATCH = 2000
_ROOT = Path(__file__).resolve().parent.parent
_LANGUAGES = {"CN": "zh", "DE": "de", "FR": "fr", "GB": "en", "US": "en"}
_FRAMES = {
    "zh": ("{who}必须{what}。", "{who}不必{what}。", "{who}应如何对待这件事？第{n}问"),
    "de": ("{who} muss {what}.", "{who} muss nicht {what}.", "Was soll {who} tun? ({n})"),
    "fr": ("{who} doit {what}.", "{who} ne doit pas {what}.", "Que doit faire {who} ? ({n})"),
    "en": ("{who} must {what}.", "{who} must not {what}.", "What should {who} do? ({n})"),
}
_SYLLABLES = ("ka", "lo", "mi", "ter", "ban", "su", "rel", "vo", "dan", "fi", "gor", "ne", "pal", "qui", "zo")
_HAN = "区县市镇村学校河湖山林道路桥港站园塔田馆院厂社队部会局所团"


def main() -> int:
    """Run the steps and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="leave database and folders here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        found = _measure(options.keep.absolute(), options.items)
    else:
        with tempfile.TemporaryDirectory(prefix="navab-releases-") as name:
            found = _measure(Path(name), options.items)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for step, row in found["steps"].items():
            print(f"{step:<10} {row['seconds']:7.1f} s {row['peak_mb']:7.0f} MB")
    return 0 if found["within_limits"] else 1


def _measure(folder: Path, items: int) -> dict[str, Any]:
    os.environ |= _environment(folder)
    _manage("migrate", "--verbosity", "0")
    _fill(items)
    first, second = folder / "releases" / "bench-1.0.0", folder / "releases" / "bench-2.0.0"
    steps = {
        "make": _timed("make_release", "bench"),
        "verify": _timed("verify_release", str(first)),
        "rebuild": _timed("rebuild_release", "bench@1.0.0"),
    }
    _change(every=100)
    steps["make next"] = _timed("make_release", "bench")
    steps["diff"] = _timed("diff_release", "bench@1.0.0", "bench@2.0.0")
    steps["diff folders"] = _timed("diff_release", str(first), str(second))
    size = sum(path.stat().st_size for path in first.rglob("*") if path.is_file())
    return {
        "items": items,
        "folder_mb": round(size / 1e6),
        "limits": {"seconds": LIMIT_SECONDS, "peak_mb": LIMIT_MB},
        "steps": steps,
        "within_limits": all(
            row["seconds"] < LIMIT_SECONDS and row["peak_mb"] < LIMIT_MB for row in steps.values()
        ),
    }


def _environment(folder: Path) -> dict[str, str]:
    return {
        "NAVAB_DATA_DIR": str(folder),
        "NAVAB_RELEASES_DIR": str(folder / "releases"),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "DJANGO_SECRET_KEY": "only-for-benchmarks",
        "DJANGO_SETTINGS_MODULE": "navab_site.settings",
        "NAVAB_LOG_LEVEL": "ERROR",
    }


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, str(_ROOT / "manage.py"), *arguments], check=True, cwd=_ROOT)


def _timed(*arguments: str) -> dict[str, float]:
    """Wall time and peak memory of one command, which has to succeed."""
    command = [sys.executable, str(_ROOT / "manage.py"), *arguments]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    said = process.stdout.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{said[-3000:]}")
    seconds = time.perf_counter() - begun
    return {"seconds": round(seconds, 1), "peak_mb": round(used.ru_maxrss / 1024)}


def _fill(items: int) -> None:
    """Approved triples, each of an article of its own, and two annotators' votes on each."""
    import django

    django.setup()
    people = _people()
    for start in range(0, items, _BATCH):
        _approve(list(_texts(start, min(start + _BATCH, items))), people)


def _people() -> list[tuple[Any, dict[str, Any]]]:
    """Two annotators, and the qualification of each by nation."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from annotation.models import Person, Qualification

    now = timezone.now()
    found = []
    for name in ("first", "second"):
        user = User.objects.create(username=name)
        person, _ = Person.objects.get_or_create(user=user)
        made = {
            nation: Qualification.objects.create(
                person=person,
                nation_id=nation,
                passed_at=now,
                expires_at=now + timedelta(days=365),
                score=1.0,
            )
            for nation in _LANGUAGES
        }
        found.append((user, made))
    return found


def _texts(start: int, stop: int) -> Iterator[tuple[str, str, str, str, str, int]]:
    """Nation, language, statement, reversal, question and number of items that resemble each other little."""
    for number in range(start, stop):
        draw = random.Random(number)
        nation = sorted(_LANGUAGES)[number % len(_LANGUAGES)]
        language = _LANGUAGES[nation]
        who, what = _words(draw, language, 2), _words(draw, language, 8)
        statement, reversal, question = (
            frame.format(who=who, what=what, n=number) for frame in _FRAMES[language]
        )
        yield nation, language, statement, reversal, question, number


def _words(draw: random.Random, language: str, number: int) -> str:
    if language == "zh":
        return "".join(draw.choice(_HAN) for _ in range(3 * number))
    return " ".join("".join(draw.choices(_SYLLABLES, k=3)) for _ in range(number))


def _approve(texts: list[tuple[str, str, str, str, str, int]], people: list[Any]) -> None:
    from django.utils import timezone

    from annotation.models import (
        Decision,
        Document,
        Outlet,
        Review,
        Source,
        Statement,
        Triple,
        Vote,
    )

    source, _ = Source.objects.get_or_create(name="bench.jsonl", format="jsonl", digest="0" * 64)
    outlets = {
        (nation, number): Outlet.objects.get_or_create(
            nation_id=nation, name=f"Outlet {number}", kind="press"
        )[0]
        for nation in _LANGUAGES
        for number in range(7)
    }
    documents = Document.objects.bulk_create(
        Document(
            source=source,
            position=number,
            row_key=f"row{number}",
            nation_id=nation,
            outlet=outlets[nation, number % 7],
            language=language,
            text=f"{statement} " + "It rained, and those who had come spoke about it for a while. " * 20,
            text_digest=f"{number:032d}",
            url=f"https://news.example/{number}",
            published=f"{2015 + number % 10}-05-01",
            date_precision="day",
        )
        for nation, language, statement, _, _, number in texts
    )
    statements = Statement.objects.bulk_create(
        Statement(
            document=document,
            nation_id=nation,
            text=statement,
            language=language,
            span_start=0,
            span_end=len(statement),
            confidence=0.8,
            source_type="quoted" if number % 2 else "official",
            speaker="Ann Smith" if number % 2 else "",
            status="approved",
        )
        for document, (nation, language, statement, _, _, number) in zip(documents, texts, strict=True)
    )
    triples = Triple.objects.bulk_create(
        Triple(
            statement=statement,
            nation_id=nation,
            language=language,
            question=question,
            reversed_statement=reversal,
            confidence=0.7,
        )
        for statement, (nation, language, _, reversal, question, _) in zip(statements, texts, strict=True)
    )
    decisions = Decision.objects.bulk_create(
        Decision(
            kind="triple",
            nation_id=triple.nation_id,
            triple=triple,
            label="valid",
            confidence=1.0,
            judge_type="annotators",
            judge="2 annotators",
            status="settled",
        )
        for triple in triples
    )
    reviews = Review.objects.bulk_create(
        Review(
            decision=decision,
            nation_id=decision.nation_id,
            kind="triple",
            key=f"{decision.pk:032x}",
            votes_required=2,
            status="closed",
        )
        for decision in decisions
    )
    Vote.objects.bulk_create(
        Vote(
            review=review,
            annotator=user,
            label="valid",
            qualification=qualifications[review.nation_id],
            remote_annotation_id=review.pk * 2 + place,
            remote_updated_at=timezone.now(),
        )
        for review in reviews
        for place, (user, qualifications) in enumerate(people)
    )


def _change(*, every: int) -> None:
    """Statements that people would no longer approve, one in ``every``."""
    from django.db.models import F

    from annotation.models import Statement

    Statement.objects.annotate(rest=F("pk") % every).filter(rest=0).update(status="set_aside")


if __name__ == "__main__":
    sys.exit(main())
