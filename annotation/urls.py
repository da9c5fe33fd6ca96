"""Addresses of the annotation app."""

from __future__ import annotations

from django.urls import include, path

from annotation.api.views import router
from annotation.views.adjudication import dispute, queue
from annotation.views.agreement import agreement, agreement_csv, agreement_detail, agreement_detail_csv
from annotation.views.operations import act, operations
from annotation.views.webhook import webhook
from annotation.views.work import work

app_name = "annotation"
urlpatterns = [
    path("my-work/", work, name="work"),
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
    path("api/", include(router.urls)),
    path("operations/", operations, name="operations"),
    path("operations/<str:action>/<int:pk>/", act, name="operate"),
    path("label-studio/webhook/", webhook, name="label_studio_webhook"),
    path("label-studio/webhook/<str:server_name>/", webhook, name="label_studio_webhook_of"),
]
