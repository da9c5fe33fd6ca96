"""Content security policy: strict on our pages, relaxed under the admin and around Label Studio only."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

_STUDIO = "/studio/"


class PathCSPMiddleware(CSPMiddleware):
    """The admin's widgets evaluate expressions in attributes and set styles, and so does Label Studio."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy of the settings, with the exceptions of the place the path leads to."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(reverse("admin:index")):
            parts.update = {"script-src": [UNSAFE_EVAL]}
            # Replaced, since a nonce in a directive would make browsers ignore 'unsafe-inline' there.
            parts.replace = {"style-src": [SELF, UNSAFE_INLINE]}
        elif request.path_info.startswith(_STUDIO):
            parts.replace = _studio_policy(request.get_host())
        return parts


def _studio_policy(host: str) -> dict[str, list[str]]:
    """What Label Studio's screen works with: it may call the gateway and the reveal, and nothing else."""
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [f"{host}{_STUDIO}", f"{host}/my-work/reveal/"],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
