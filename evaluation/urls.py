"""Addresses of the evaluation app."""

from __future__ import annotations

from django.urls import path

from evaluation.api.views import EvalRunDetail, EvalRunList
from evaluation.views import passports, release_diffs, release_items, releases, results

app_name = "evaluation"
_RELEASE = "releases/<str:label>/"  # name@version
urlpatterns = [
    path("releases/", releases.releases, name="releases"),
    path("releases/diff/", release_diffs.release_diff, name="release-diff"),
    path("releases/diff.csv", release_diffs.release_diff_csv, name="release-diff-csv"),
    path(_RELEASE, releases.release_detail, name="release"),
    path(f"{_RELEASE}folder.zip", releases.release_folder, name="release-folder"),
    path(f"{_RELEASE}items/", release_items.release_items, name="release-items"),
    path(f"{_RELEASE}items/<str:key>.json", passports.passport_json, name="passport-json"),
    path(f"{_RELEASE}items/<str:key>/", passports.passport_page, name="passport"),
    path("results/", results.results, name="results"),
    path("results/runs/<int:pk>/", results.run_detail, name="run"),
    path("results/runs/<int:pk>/answers/", results.run_answers, name="answers"),
    path("results/<str:release>.csv", results.results_csv, name="csv"),
    path("api/eval-runs/", EvalRunList.as_view(), name="api-runs"),
    path("api/eval-runs/<int:pk>/", EvalRunDetail.as_view(), name="api-run"),
]
