"""A release with private items and models scored on them, in two worlds that differ only in what the models
answered to the private items; and every address that could tell of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from django.test import Client
from django.urls import reverse

from evaluation.models import (
    Answer,
    AnswerVote,
    CandidateModel,
    EvalRun,
    Release,
    ReleaseItem,
    StoredFigures,
    Submission,
)
from evaluation.publishing.rows import Part, digest_of
from evaluation.services.figures.sheets import keep_control
from evaluation.services.releases.make import release_item
from evaluation.services.runs.summary import run_figures, scored_items, slice_rows, summarise_run
from tests import factories
from tests.evaluation.answered import _answers, answered_run
from tests.evaluation.publishing.content import content, passport, row

NATIONS = ("FR", "GB")
PROTOCOLS = ("letters", "free_answer", "likelihood_sum")
S, RS = "statement", "reversed"
REPLIES = {S: "yes, indeed", RS: "no, never"}


class Worlds:
    """Two versions of a release, and two models on the public and the private board of three protocols.
    ``private`` is the number of private items of each of two nations and types, each of its own article."""

    def __init__(self, private: int) -> None:
        for nation in NATIONS:
            factories.nation(nation)
        self.older = _release("1.0.0", "", public=5, private=private)
        self.release = _release("2.0.0", self.older.label, public=6, private=private)
        Release.objects.filter(pk=self.release.pk).update(previous=self.older)
        boards = product(("alpha", "beta"), PROTOCOLS, (False, True))
        self.runs = [
            answered_run(self.release, model, [S, RS], protocol=protocol, holdout=holdout, reply=REPLIES[S])
            for model, protocol, holdout in boards
        ]
        self.private = list(self.release.items.filter(part=Part.HOLDOUT).order_by("pk"))
        keeper = factories.user("keeper", is_superuser=True)
        judged = Answer.objects.filter(run__protocol="free_answer", item__in=self.private)
        self.votes = [AnswerVote.objects.create(answer=answer, person=keeper, outcome=S) for answer in judged]

    def secrets(self) -> set[str]:
        """Words that stand in no page of who may not see them."""
        return {self.release.holdout_salt} | {
            text
            for item in self.private
            for text in (item.key, item.question, item.statement, item.reversed_statement)
        }

    def submission_of(self, person: object) -> Submission:
        """A finished submission of a person, private items included."""
        run = next(run for run in self.runs if run.is_holdout)
        return Submission.objects.create(
            release=self.release, person=person, model=run.candidate.name, protocol=run.protocol,
            base_url="http://models.example/v1", is_holdout=True, status="finished", run=run,
        )  # fmt: skip

    def turn(self, reversed_items: set[int]) -> None:
        """Have every model answer these private items with RS and the others with S."""
        for run in self.runs:
            Answer.objects.filter(run=run, item__part=Part.HOLDOUT).exclude(votes__isnull=False).delete()
            for item in self.private if run.is_holdout else ():
                said = RS if item.pk in reversed_items else S
                made = _answers(run, item, [said] * 2, 0.2 if said == RS else 0.8, REPLIES[said])
                for answer in made:
                    answer.is_in_language = said == S
                    known = Answer.objects.filter(run=run, item=item, order=answer.order)
                    answer.pk = known.values_list("pk", flat=True).first()
                    answer.created_at = self.release.frozen_at
                    answer.save(force_insert=answer.pk is None, force_update=answer.pk is not None)
            run.summary, run.figures = summarise_run(run), run_figures(run)
            run.control = {}
            if run.protocol == "likelihood_sum":
                scored = scored_items(run)  # random weights that answer as the model does
                run.control = {"name": "random", "items": len(scored), "summary": slice_rows(scored)}
            run.save()
        StoredFigures.objects.all().delete()
        for run in self.runs:
            if run.control:
                keep_control(run, {item.key: item.outcome for item in scored_items(run)})

    def addresses(self, submission: Submission | None = None) -> dict[str, list[str]]:
        """Every address that can be read, by the name of its page."""
        label, item = self.release.label, self.private[0]
        boards = [
            f"?release={label}&protocol={protocol}&holdout={holdout}"
            for protocol in PROTOCOLS
            for holdout in ("", "1")
        ]
        slices = [f"{board}&nation=GB&topic=places+1" for board in boards]
        pairs = [f"{board}&a=alpha&b=beta&by=topic" for board in boards]
        of_runs = [(run.candidate_id, f"?run={run.pk}") for run in self.runs]
        of_models = [(pk, query) for pk in dict(of_runs) for query in ("", f"?of=methods-{self.release.pk}")]
        pictures = [(pk, f"{query}&by={by}") for pk, query in of_runs for by in ("source_type", "topic")]
        diffs = ["", f"?old={self.older.label}&new={label}"]

        def at(name: str, *args: object, queries: list[str] | tuple[str, ...] = ("",)) -> list[str]:
            return [reverse(f"evaluation:{name}", args=args) + query for query in queries]

        return {
            **{name: at(name) for name in ("releases", "tokens", "api-runs", "api-submissions")},
            **{
                name: at(name, queries=diffs)
                for name in ("release-diff", "release-diff-csv", "release-effects-csv", "release-effects-svg")
            },
            **{name: at(name, label) for name in ("release", "release-folder", "csv")},
            "release-items": at("release-items", label, queries=["", "?part=holdout", "?nation=GB&page=2"]),
            **{
                name: at(name, label, item.key)
                for name in (
                    "passport",
                    "passport-json",
                    "item-answers",
                    "item-answers-csv",
                    "item-answers-svg",
                )
            },
            **{name: at(name, queries=boards) for name in ("results", "leaderboard-csv", "leaderboard-svg")},
            **{name: at(name, queries=slices) for name in ("slice", "slice-csv", "slice-svg")},
            **{name: at(name, queries=pairs) for name in ("compare", "compare-csv", "compare-svg")},
            **{
                name: [one for pk, query in found for one in at(name, pk, queries=[query])]
                for name, found in {
                    "model": of_models + of_runs,
                    "model-csv": of_models + of_runs,
                    "model-svg": of_models + of_runs + pictures,
                }.items()
            },
            **{
                name: [one for run in self.runs for one in at(name, run.pk)]
                for name in ("run", "run-svg", "api-run", "api-answers")
            },
            "answers": [
                one
                for run in self.runs
                for one in at("answers", run.pk, queries=["", "?outcome=reversed", "?page=2"])
            ],
            "api-submission": at("api-submission", submission.pk) if submission else [],
            "api/releases": ["/api/releases/", f"/api/releases/{self.release.pk}/"],
            "api/release-items": [
                "/api/release-items/?limit=200",
                f"/api/release-items/{item.pk}/",
                f"/api/release-items/{item.pk}/passport/",
            ],
            **dict(self._admin()),
        }

    def _admin(self) -> Iterator[tuple[str, list[str]]]:
        private = [run for run in self.runs if run.is_holdout]
        rows = {
            ReleaseItem: self.private[:1],
            EvalRun: private,
            Answer: list(Answer.objects.filter(item__in=self.private)[:3]),
            AnswerVote: self.votes[:1],
            Release: [self.release],
            CandidateModel: [private[0].candidate],
            Submission: list(Submission.objects.all()),
        }
        for model, found in rows.items():
            name = f"admin:evaluation_{model._meta.model_name}"
            yield (
                name,
                [
                    reverse(f"{name}_changelist"),
                    reverse(f"{name}_changelist") + "?q=1",
                    *(reverse(f"{name}_change", args=[row.pk]) for row in found),
                ],
            )


def _release(version: str, previous: str, *, public: int, private: int) -> Release:
    """A published version with items, their passports, and a manifest."""
    rows = {
        part: [
            row(nation, n, source_type=kind, article=digest_of("article", nation, kind, str(n)))
            for nation, kind, n in product(NATIONS, ("quoted", "official"), range(first, first + number))
        ]
        for part, first, number in ((Part.EVALUATION, 0, public), (Part.HOLDOUT, 1_000, private))
    }
    manifest = replace(
        content(rows[Part.EVALUATION], train=[], test=[]).manifest, version=version, previous=previous
    )
    made = datetime(2026, 10, 1, tzinfo=UTC)
    release = Release.objects.create(
        name=manifest.name,
        version=version,
        status="published",
        recipe=manifest.recipe.as_dict(),
        manifest=json.dumps(manifest.as_dict()),
        digest="0" * 64,
        holdout_salt="salt that nobody is told",
        frozen_at=made,
        published_at=made,
    )
    ReleaseItem.objects.bulk_create(
        release_item(release, one, part, passport=json.dumps(passport(one)))
        for part, found in rows.items()
        for one in found
    )
    return release


_DRAWN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|csrf[Tt]oken"?: ?"[^"]+"|X-CSRFToken[^}]+')


def read(client: Client, address: str) -> tuple[int, bytes]:
    """Status and body of an address, without what is drawn anew for each answer."""
    response = client.get(address)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, _DRAWN.sub(b"", body)
