"""Addresses of the annotation app."""

from __future__ import annotations

from django.urls import include, path, re_path

from annotation.api.views import router
from annotation.views import guideline, inquiries, policies, profile, reveal
from annotation.views.adjudication import dispute, queue
from annotation.views.agreement import agreement, agreement_csv, agreement_detail, agreement_detail_csv
from annotation.views.annotators import annotators
from annotation.views.conflicts.pages import conflict_group, conflicts
from annotation.views.gateway import gateway, label
from annotation.views.operations import act, operations
from annotation.views.quiz import quiz
from annotation.views.webhook import webhook
from annotation.views.work import work

app_name = "annotation"
urlpatterns = [
    path("my-work/", work, name="work"),
    path("my-work/answers/", reveal.answers, name="answers"),
    path("my-work/answers/<int:pk>/", reveal.one_answer, name="one_answer"),
    path("my-work/reveal/<slug:server>/<int:task_id>/", reveal.task, name="reveal"),
    path("my-settings/", profile.profile, name="profile"),
    path("my-settings/erase/", profile.erase, name="erase"),
    path("quiz/<slug:nation>/", quiz, name="quiz"),
    path("guidelines/<slug:kind>/", guideline.show, name="guideline"),
    path("ask/", inquiries.new, name="ask"),
    path("inquiries/", inquiries.inbox, name="inquiries"),
    path("annotators/", annotators, name="annotators"),
    path("policies/", policies.policies, name="policies"),
    path("policies/<slug:name>.csv", policies.policies_csv, name="policies_csv"),
    path("agreement/", agreement, name="agreement"),
    path("agreement/<slug:name>.csv", agreement_csv, name="agreement_csv"),
    path("agreement/<slug:nation>/<slug:kind>/", agreement_detail, name="agreement_detail"),
    path(
        "agreement/<slug:nation>/<slug:kind>/<slug:name>.csv",
        agreement_detail_csv,
        name="agreement_detail_csv",
    ),
    path("adjudication/", queue, name="adjudication"),
    path("adjudication/<int:pk>/", dispute, name="dispute"),
    path("conflicts/", conflicts, name="conflicts"),
    path("conflicts/<int:pk>/", conflict_group, name="conflict_group"),
    path("label/<str:nation>/<str:kind>/", label, name="label"),
    re_path(r"^studio/(?P<name>[^/]+)/(?P<path>.*)$", gateway, name="gateway"),
    path("api/", include(router.urls)),
    path("operations/", operations, name="operations"),
    path("operations/<str:action>/<int:pk>/", act, name="operate"),
    path("label-studio/webhook/", webhook, name="label_studio_webhook"),
    path("label-studio/webhook/<str:server_name>/", webhook, name="label_studio_webhook_of"),
]
