"""What may be asked through the gateway. Everything that is not in this table is refused.

The address that is called in Label Studio is never the browser's: each rule makes it from the numbers it
found there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """What a call is about, and so what has to be the person's: the most particular thing it names."""

    SERVER = "server"  # nothing of any nation
    PROJECT = "project"  # of a nation of the person
    TASK = "task"  # of such a project
    ANNOTATION = "annotation"  # the person's own, on such a task
    DRAFT = "draft"  # the person's own, on such a task


class Reply(StrEnum):
    """What is made of the answer before it is passed on; see ``replies``."""

    FILE = "file"  # a script, style, font or image of Label Studio
    PAGE = "page"  # our page around its labelling screen
    SELF = "self"
    ONLY_SELF = "only_self"  # a list of people
    PROJECT = "project"
    TASK = "task"
    HISTORY = "history"
    ANNOTATION = "annotation"
    DRAFT = "draft"
    NOTHING = "nothing"  # its status only
    OURS = "ours"  # answered here; Label Studio is not asked


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be asked. ``target`` is what is asked in Label Studio, by default the same."""

    method: str
    pattern: str
    about: About
    reply: Reply
    target: str = ""
    target_method: str = ""
    query: Mapping[str, str] | None = None  # must be in the address with exactly this value


_P = r"(?P<project>[1-9][0-9]{0,17})"
_T = r"(?P<task>[1-9][0-9]{0,17})"
_A = r"(?P<annotation>[1-9][0-9]{0,17})"
_D = r"(?P<draft>[1-9][0-9]{0,17})"
_NAME = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_FILE = rf"(?P<file>(?:{_NAME}/)*{_NAME}\.(?:js|css|svg|png|ico|ttf|woff2?|wasm))"
_OF_ANNOTATION = "/api/annotations/{annotation}/"

RULES: tuple[Rule, ...] = (
    # The screen itself: our page, and Label Studio's scripts and styles on it.
    Rule("GET", rf"projects/{_P}/data", About.PROJECT, Reply.PAGE),
    Rule("GET", rf"react-app/{_FILE}", About.SERVER, Reply.FILE, "/react-app/{file}"),
    Rule("GET", rf"static/(?:fonts|images|icons|css|js)/{_FILE}", About.SERVER, Reply.FILE),
    # Who I am. Of other people nothing.
    Rule("GET", "api/current-user/whoami", About.SERVER, Reply.SELF, "/api/current-user/whoami"),
    Rule("GET", "api/users", About.SERVER, Reply.ONLY_SELF, "/api/current-user/whoami"),
    # The project, in the person's language.
    Rule("GET", rf"api/projects/{_P}", About.PROJECT, Reply.PROJECT, "/api/projects/{project}/"),
    Rule("GET", "api/dm/project", About.PROJECT, Reply.PROJECT, "/api/dm/project?project={project}"),
    # What the screen asks for and does not need; its answers are in ``replies.OURS``.
    Rule("GET", "api/version", About.SERVER, Reply.OURS),
    Rule("GET", "api/dm/columns", About.PROJECT, Reply.OURS),
    Rule("GET", "api/dm/views", About.PROJECT, Reply.OURS),
    Rule("GET", "api/dm/actions", About.PROJECT, Reply.OURS),
    Rule("GET", "api/ml", About.PROJECT, Reply.OURS),
    Rule("GET", "api/label_links", About.PROJECT, Reply.OURS),
    Rule("GET", "api/tasks", About.PROJECT, Reply.OURS),
    # The next task by Label Studio's own queue, whatever filters the browser asks for; or one by its number.
    Rule(
        "POST", "api/dm/actions", About.PROJECT, Reply.TASK, "/api/projects/{project}/next/", "GET",
        query={"id": "next_task"},
    ),
    Rule("GET", rf"api/projects/{_P}/next", About.PROJECT, Reply.TASK, "/api/projects/{project}/next/"),
    Rule("GET", rf"api/tasks/{_T}", About.TASK, Reply.TASK, "/api/tasks/{task}/"),
    Rule(
        "GET", rf"api/projects/{_P}/label-stream-history", About.PROJECT, Reply.HISTORY,
        "/api/projects/{project}/label-stream-history",
    ),
    # Answers: giving one; seeing, changing and taking back one's own.
    Rule(
        "POST", rf"api/tasks/{_T}/annotations", About.TASK, Reply.ANNOTATION,
        "/api/tasks/{task}/annotations/",
    ),
    Rule("GET", rf"api/annotations/{_A}", About.ANNOTATION, Reply.ANNOTATION, _OF_ANNOTATION),
    Rule("PATCH", rf"api/annotations/{_A}", About.ANNOTATION, Reply.ANNOTATION, _OF_ANNOTATION),
    Rule("DELETE", rf"api/annotations/{_A}", About.ANNOTATION, Reply.NOTHING, _OF_ANNOTATION),
    # What was typed and not yet sent.
    Rule("POST", rf"api/tasks/{_T}/drafts", About.TASK, Reply.DRAFT, "/api/tasks/{task}/drafts"),
    Rule(
        "POST", rf"api/tasks/{_T}/annotations/{_A}/drafts", About.ANNOTATION, Reply.DRAFT,
        "/api/tasks/{task}/annotations/{annotation}/drafts",
    ),
    Rule("PATCH", rf"api/drafts/{_D}", About.DRAFT, Reply.DRAFT, "/api/drafts/{draft}/"),
    Rule("DELETE", rf"api/drafts/{_D}", About.DRAFT, Reply.NOTHING, "/api/drafts/{draft}/"),
)  # fmt: skip

_COMPILED = [(rule, re.compile(rule.pattern, re.ASCII)) for rule in RULES]
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule and what the address named."""

    rule: Rule
    ids: Mapping[str, int]
    file: str = ""

    @property
    def method(self) -> str:
        """The method of the call in Label Studio."""
        return self.rule.target_method or self.rule.method

    def target(self, path: str) -> str:
        """The address of the call in Label Studio."""
        return self.rule.target.format(**self.ids, file=self.file) if self.rule.target else f"/{path}"


def find_rule(method: str, path: str, query: Mapping[str, str]) -> Match | None:
    """The rule for a call, or ``None``: refuse it. ``path`` is decoded and without the gateway's prefix.

    A last slash makes no difference. Where an address has no project in its path, ``query`` must name one.
    """
    method = "GET" if method == "HEAD" else method
    for rule, pattern in _COMPILED:
        if rule.method != method:
            continue
        found = pattern.fullmatch(path.removesuffix("/") if rule.reply is not Reply.FILE else path)
        if found is None or any(query.get(name) != value for name, value in (rule.query or {}).items()):
            continue
        named = found.groupdict()
        file = named.pop("file", "")
        ids = {name: int(value) for name, value in named.items()}
        if rule.about is About.PROJECT and "project" not in ids:
            project = query.get("project", "")
            if not _NUMBER.fullmatch(project):
                return None
            ids["project"] = int(project)
        return Match(rule, ids, file)
    return None
