"""Content security policy: strict on our pages, relaxed under the admin only."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse


class PathCSPMiddleware(CSPMiddleware):
    """The admin's widgets evaluate expressions in attributes and set styles; nothing else here does."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy of the settings, with the admin's exceptions where the path is the admin's."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(reverse("admin:index")):
            parts.update = {"script-src": [UNSAFE_EVAL]}
            # Replaced, since a nonce in a directive would make browsers ignore 'unsafe-inline' there.
            parts.replace = {"style-src": [SELF, UNSAFE_INLINE]}
        return parts
