"""Addresses of the annotation app."""

from __future__ import annotations

from django.urls import include, path, re_path

from annotation.api.views import router
from annotation.views.gateway import gateway, label
from annotation.views.webhook import webhook
from annotation.views.work import work

app_name = "annotation"
urlpatterns = [
    path("my-work/", work, name="work"),
    path("label/<str:nation>/<str:kind>/", label, name="label"),
    re_path(r"^studio/(?P<name>[^/]+)/(?P<path>.*)$", gateway, name="gateway"),
    path("api/", include(router.urls)),
    path("label-studio/webhook/", webhook, name="label_studio_webhook"),
]
