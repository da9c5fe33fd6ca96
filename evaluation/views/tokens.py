"""A person's tokens for programs that use the interface: made here, shown once, given up here."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken
from knox.settings import knox_settings

from evaluation.views.releases import VIEW


@login_required
@permission_required(VIEW, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("token")
def tokens(request: HttpRequest) -> HttpResponse:
    """Those of the person, by when they were made. A new one is in the answer to the request that makes it
    and nowhere else: the database holds a digest."""
    ours = AuthToken.objects.filter(user=request.user).order_by("created", "pk")
    ours.filter(expiry__lte=timezone.now()).delete()
    token = ""
    most = knox_settings.TOKEN_LIMIT_PER_USER
    if request.method == "POST":
        if ours.count() >= most:
            messages.error(request, f"You have {most} tokens, the most there may be. Give one up first.")
            return redirect("evaluation:tokens")
        _, token = AuthToken.objects.create(request.user, prefix=knox_settings.TOKEN_PREFIX)
    return render(request, "evaluation/tokens.html", {"tokens": ours.all(), "made": token, "most": most})


@login_required
@permission_required(VIEW, raise_exception=True)
@require_POST
def give_up(request: HttpRequest, key: str) -> HttpResponse:
    """Delete a token of the person's own, by its first characters."""
    get_object_or_404(AuthToken, user=request.user, token_key=key).delete()
    messages.success(request, f"The token {key}… is given up: programs that have it are refused.")
    return redirect("evaluation:tokens")
