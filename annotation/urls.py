"""Addresses of the annotation app."""

from __future__ import annotations

from django.urls import include, path

from annotation.api.views import router
from annotation.views.webhook import webhook
from annotation.views.work import work

app_name = "annotation"
urlpatterns = [
    path("my-work/", work, name="work"),
    path("api/", include(router.urls)),
    path("label-studio/webhook/", webhook, name="label_studio_webhook"),
]
