"""Addresses of the evaluation app."""

from __future__ import annotations

from django.urls import path

from evaluation.api.submissions import SubmissionViewSet
from evaluation.api.views import EvalRunAnswers, EvalRunDetail, EvalRunList
from evaluation.views import (
    compare,
    item_answers,
    leaderboard,
    models,
    passports,
    release_diffs,
    release_effects,
    release_items,
    releases,
    results,
    slices,
    tokens,
)

app_name = "evaluation"
_RELEASE = "releases/<str:label>/"  # name@version
_MODEL, _ITEM = "results/models/<int:pk>/", "results/items/<str:label>/<str:key>/"
urlpatterns = [
    path("releases/", releases.releases, name="releases"),
    path("releases/diff/", release_diffs.release_diff, name="release-diff"),
    path("releases/diff.csv", release_diffs.release_diff_csv, name="release-diff-csv"),
    path("releases/diff/scores.csv", release_effects.release_effects_csv, name="release-effects-csv"),
    path("releases/diff/scores.svg", release_effects.release_effects_svg, name="release-effects-svg"),
    path(_RELEASE, releases.release_detail, name="release"),
    path(f"{_RELEASE}folder.zip", releases.release_folder, name="release-folder"),
    path(f"{_RELEASE}items/", release_items.release_items, name="release-items"),
    path(f"{_RELEASE}items/<str:key>.json", passports.passport_json, name="passport-json"),
    path(f"{_RELEASE}items/<str:key>/", passports.passport_page, name="passport"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<slug:key>/give-up/", tokens.give_up, name="give-up-token"),
    path("results/", leaderboard.leaderboard, name="results"),
    path("results/leaderboard/numbers.csv", leaderboard.leaderboard_csv, name="leaderboard-csv"),
    path("results/leaderboard/picture.svg", leaderboard.leaderboard_svg, name="leaderboard-svg"),
    path("results/slice/", slices.slice_page, name="slice"),
    path("results/slice/numbers.csv", slices.slice_csv, name="slice-csv"),
    path("results/slice/picture.svg", slices.slice_svg, name="slice-svg"),
    path("results/compare/", compare.compare, name="compare"),
    path("results/compare/numbers.csv", compare.compare_csv, name="compare-csv"),
    path("results/compare/picture.svg", compare.compare_svg, name="compare-svg"),
    path(_MODEL, models.model_page, name="model"),
    path(f"{_MODEL}numbers.csv", models.model_csv, name="model-csv"),
    path(f"{_MODEL}picture.svg", models.model_svg, name="model-svg"),
    path(_ITEM, item_answers.item_answers, name="item-answers"),
    path(f"{_ITEM}numbers.csv", item_answers.item_answers_csv, name="item-answers-csv"),
    path(f"{_ITEM}picture.svg", item_answers.item_answers_svg, name="item-answers-svg"),
    path("results/runs/<int:pk>/", results.run_detail, name="run"),
    path("results/runs/<int:pk>/picture.svg", results.run_svg, name="run-svg"),
    path("results/runs/<int:pk>/answers/", results.run_answers, name="answers"),
    path("results/<str:release>.csv", results.results_csv, name="csv"),
    path("api/eval-runs/", EvalRunList.as_view(), name="api-runs"),
    path("api/eval-runs/<int:pk>/", EvalRunDetail.as_view(), name="api-run"),
    path("api/eval-runs/<int:pk>/answers/", EvalRunAnswers.as_view(), name="api-answers"),
    path(
        "api/submissions/",
        SubmissionViewSet.as_view({"get": "list", "post": "create"}),
        name="api-submissions",
    ),
    path("api/submissions/<int:pk>/", SubmissionViewSet.as_view({"get": "retrieve"}), name="api-submission"),
]
