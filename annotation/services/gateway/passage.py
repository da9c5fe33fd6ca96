"""One call through the gateway: checked, passed on as the person, and its answer cut down to what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from annotation.label_studio.client import StudioUnavailableError
from annotation.label_studio.web import WebReply, feature_flags
from annotation.models import ProjectKind, Review, ReviewStatus, StudioProject, StudioServer, Vote
from annotation.services.conflicts.listing import group_listings
from annotation.services.gateway import replies
from annotation.services.gateway.bodies import clean_body
from annotation.services.gateway.entry import enters, labels_on, may_label
from annotation.services.gateway.rules import About, Match, Reply
from annotation.services.gateway.sessions import StudioSession
from annotation.services.studio.hints import hint_tasks
from annotation.services.votes.recording import withdraw_vote


class RefusedError(Exception):
    """A call that is not the person's to make; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to answer. ``content`` is JSON, or the flags of a page; ``file`` the reply a file came in."""

    status: int
    content: Any = None
    file: WebReply | None = None
    project: StudioProject | None = None
    review: Review | None = None


class Passage:
    """The way of one person, who reads ``language``, to one server."""

    def __init__(self, user: Any, server: StudioServer, session: StudioSession, language: str) -> None:
        self._user, self._server, self._session, self._language = user, server, session, language

    def take(self, match: Match, path: str, raw: bytes, since: str = "") -> Outcome:
        """Make one call. ``raw`` is the body as sent, ``since`` the date of a file the browser has.

        Raises :class:`RefusedError`, :class:`MalformedBodyError`, and :class:`StudioUnavailableError` when
        Label Studio does not answer or fails.
        """
        rule = match.rule
        project, review = self._subject(match)
        self._check(project)
        if rule.reply is Reply.OURS:
            own = replies.OURS[path.removesuffix("/")]
            return Outcome(200, own(project.remote_id, project.kind) if project else own(0, ""))
        if rule.reply is Reply.FILE:
            return Outcome(200, file=self._session.file(match.target(path), since))
        body = clean_body(match, raw, self._session.account.remote_id) if raw else None
        reply = self._session.call(match.method, match.target(path), body=body)
        if reply.status >= 500 or 300 <= reply.status < 400:
            raise StudioUnavailableError(f"Label Studio failed ({reply.status})", reply.status)
        if not reply.is_success:
            return Outcome(reply.status, {"detail": "refused by Label Studio", "status_code": reply.status})
        if rule.reply in (Reply.ANNOTATION, Reply.NOTHING) and match.method != "GET" and review is not None:
            self._follow_up(match, review)
        make = _MAKERS[rule.reply]
        content, review = make(self, reply, project, review)
        return Outcome(reply.status, content, project=project, review=review)

    def _check(self, project: StudioProject | None) -> None:
        if project is None:
            if not labels_on(self._user, self._server):
                raise RefusedError("labels nothing on this server")
        elif not enters(self._user, project.nation_id):
            raise RefusedError(f"has no business with {project.nation_id}")
        elif may_label(self._user, project.nation_id, project.kind) is not None:
            raise RefusedError(f"may not label {project.nation_id} {project.kind} yet")

    def _subject(self, match: Match) -> tuple[StudioProject | None, Review | None]:
        """The project and the task a call is about, both ours."""
        about, ids = match.rule.about, match.ids
        if about is About.SERVER:
            return None, None
        if about is About.PROJECT:
            project = StudioProject.objects.filter(server=self._server, remote_id=ids["project"]).first()
            if project is None:
                raise RefusedError(f"project {ids['project']} is none of ours")
            return project, None
        if not labels_on(self._user, self._server):
            raise RefusedError("labels nothing on this server")
        task_id = ids["task"] if about is About.TASK else self._task_of_own(match)
        if ids.get("task", task_id) != task_id:
            raise RefusedError("the answer is on another task")
        review = self._review_of(task_id)
        return review.project, review

    def _task_of_own(self, match: Match) -> int:
        """The task of an answer or a draft, which is the person's own."""
        if match.rule.about is About.ANNOTATION:
            what, is_own = f"annotations/{match.ids['annotation']}", replies.is_own_annotation
        else:
            what, is_own = f"drafts/{match.ids['draft']}", replies.is_own_draft
        reply = self._session.call("GET", f"/api/{what}/")
        found = reply.json() if reply.is_success else None
        if not is_own(found, self._session.reader):
            raise RefusedError(f"{what} is not this person's")
        return int(found["task"])

    def _review_of(self, task_id: int, task: Any = None) -> Review:
        """The review behind a task, by the project and the key of the task as Label Studio has it now.

        The number alone says nothing: after a restore it may be that of another nation's task. A review just
        pushed may not know its number yet.
        """
        if task is None:
            reply = self._session.call("GET", f"/api/tasks/{task_id}/")
            task = reply.json() if reply.is_success else {}
        review = (
            Review.objects.filter(Q(remote_task_id=task_id) | Q(status=ReviewStatus.QUEUED))
            .filter(project__server=self._server, project__remote_id=task.get("project"), key=_uuid(task))
            .select_related("project", "decision__conflict")
            .first()
        )
        if review is None:
            raise RefusedError(f"task {task_id} is none of ours")
        return review

    def _follow_up(self, match: Match, review: Review) -> None:
        """After an answer was given, changed or taken back: have the vote fetched."""
        if match.method == "DELETE" and match.rule.about is About.ANNOTATION:
            mine = Vote.objects.filter(review=review, annotator=self._user)
            for vote in mine.filter(remote_annotation_id=match.ids["annotation"]):
                withdraw_vote(vote)
        if match.rule.about is not About.DRAFT and review.remote_task_id is not None:
            hint_tasks([review.remote_task_id], self._server.name)

    def _page(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return feature_flags(reply.body.decode("utf-8", "replace")), None

    def _self(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return replies.own_self(reply.json()), None

    def _only_self(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return [replies.own_self(reply.json())], None

    def _project(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return replies.project_in_words(reply.json(), project.kind, self._language), None

    def _task(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        task = reply.json()
        review = self._review_of(int(task["id"]), task)
        self._check(review.project)
        shown = bool(task.get("predictions")) and self._shows_machine(review)
        kept = replies.own_task(task, self._session.reader, shows_machine=shown)
        if review.kind == ProjectKind.CONFLICT:  # Label Studio's is in the language of the nation
            conflict = review.decision.conflict
            kept["data"]["group"] = group_listings([(conflict, self._language)])[conflict.pk]
        return kept, review

    def _shows_machine(self, review: Review) -> bool:
        """Only to whom has a vote of their own written down; that it was shown is written down too."""
        votes = Vote.objects.standing().filter(review=review, annotator=self._user, is_skipped=False)
        if not votes.exists():
            return False
        votes.filter(revealed_at=None).update(revealed_at=timezone.now())
        return True

    def _history(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        known = Review.objects.filter(project=project, remote_task_id__isnull=False)
        return replies.history_of(reply.json(), set(known.values_list("remote_task_id", flat=True))), None

    def _annotation(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return replies.own_annotation(reply.json()), review

    def _draft(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return replies.own_draft(reply.json()), review

    def _nothing(self, reply: WebReply, project: Any, review: Any) -> tuple[Any, Any]:
        return None, review


_Maker = Callable[[Passage, WebReply, Any, Any], tuple[Any, Any]]
_MAKERS: dict[Reply, _Maker] = {
    Reply.PAGE: Passage._page,
    Reply.SELF: Passage._self,
    Reply.ONLY_SELF: Passage._only_self,
    Reply.PROJECT: Passage._project,
    Reply.TASK: Passage._task,
    Reply.HISTORY: Passage._history,
    Reply.ANNOTATION: Passage._annotation,
    Reply.DRAFT: Passage._draft,
    Reply.NOTHING: Passage._nothing,
}


def _uuid(task: Any) -> UUID | None:
    try:
        return UUID(str(task["data"]["navab_id"]))
    except (KeyError, TypeError, ValueError):
        return None
