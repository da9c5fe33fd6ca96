"""Addresses of the evaluation app."""

from __future__ import annotations

from django.urls import path

from evaluation.api.views import EvalRunDetail, EvalRunList
from evaluation.views import results

app_name = "evaluation"
urlpatterns = [
    path("results/", results.results, name="results"),
    path("results/runs/<int:pk>/", results.run_detail, name="run"),
    path("results/runs/<int:pk>/answers/", results.run_answers, name="answers"),
    path("results/<str:release>.csv", results.results_csv, name="csv"),
    path("api/eval-runs/", EvalRunList.as_view(), name="api-runs"),
    path("api/eval-runs/<int:pk>/", EvalRunDetail.as_view(), name="api-run"),
]
