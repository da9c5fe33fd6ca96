"""Addresses of the annotation app."""

from __future__ import annotations

from django.urls import include, path

from annotation.api.views import router
from annotation.views.conflicts import conflict_group, conflicts
from annotation.views.webhook import webhook
from annotation.views.work import work

app_name = "annotation"
urlpatterns = [
    path("my-work/", work, name="work"),
    path("conflicts/", conflicts, name="conflicts"),
    path("conflicts/<int:pk>/", conflict_group, name="conflict_group"),
    path("api/", include(router.urls)),
    path("label-studio/webhook/", webhook, name="label_studio_webhook"),
]
