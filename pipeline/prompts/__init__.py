"""Prompts: versioned templates, rendered with source text between boundaries it cannot forge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.locked import file_digest, read_lock, text_digest

FOLDER = Path(__file__).parent
LOCK = FOLDER / "digests.lock"
_FILE_NAME = re.compile(r"(?P<task>[a-z][a-z_]*)\.v(?P<version>[1-9]\d*)\.jinja")
_LANGUAGES = {
    "de": "German",
    "en": "English",
    "fr": "French",
    "zh": "Chinese, in the same script (simplified or traditional) as the source text",
}


class UnknownPromptError(LookupError):
    """There is no template for this task or version."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt. ``digest`` identifies the template, ``input_digest`` the whole text (both hex)."""

    task: str
    version: int
    text: str
    digest: str
    input_digest: str

    @property
    def messages(self) -> tuple[dict[str, str], ...]:
        """The prompt as one user message: not every chat template has a system role."""
        return ({"role": "user", "content": self.text},)


def render(task: str, *, version: int | None = None, **variables: Any) -> Prompt:
    """Render the newest (or the given) version of a task's template.

    A template also receives ``boundary``, a token that occurs in none of the variables: text between two
    boundaries cannot close them. Raises ``UnknownPromptError`` for a task without a template and
    ``jinja2.UndefinedError`` for a variable that is missing.
    """
    path = template_path(task, version)
    text = _environment().get_template(path.name).render(boundary=boundary_for(variables), **variables)
    return Prompt(task, version_of(path), text.strip(), file_digest(path), text_digest(text.strip()))


def boundary_for(variables: Mapping[str, Any]) -> str:
    """Sixteen hex digits, the same for the same variables, that occur nowhere in them."""
    content = repr(sorted(variables.items()))
    salt = 0
    while (boundary := text_digest(f"{salt}\n{content}")[:16]) in content:
        salt += 1
    return boundary


def template_path(task: str, version: int | None = None) -> Path:
    """The file of a task's newest (or the given) version."""
    return _path(FOLDER, task, version)


@lru_cache(maxsize=256)
def _path(folder: Path, task: str, version: int | None) -> Path:
    """Looked up once: listing a folder costs more than rendering a prompt."""
    found = {version_of(path): path for path in templates() if path.name.split(".")[0] == task}
    try:
        return found[max(found) if version is None else version]
    except (KeyError, ValueError):
        wanted = task if version is None else f"{task}, version {version}"
        raise UnknownPromptError(f"no prompt template for {wanted} in {folder.name}/") from None


def template_digest(task: str, version: int | None = None) -> str:
    """Digest of a task's template file (hex): a part of the version of whatever asks by it."""
    return file_digest(template_path(task, version))


def model_version(model: str, *tasks: str) -> str:
    """Version of what a model answers by the newest templates of ``tasks``: ``openai:<model>:<8 hex>``."""
    digests = [template_digest(task) for task in tasks]
    digest = digests[0] if len(digests) == 1 else text_digest(" ".join(digests))
    return f"openai:{model[:170]}:{digest[:8]}"


def templates() -> Iterator[Path]:
    """All template files, by name. Raises ``ValueError`` for one not named ``<task>.v<N>.jinja``."""
    for path in sorted(FOLDER.glob("*.jinja")):
        version_of(path)
        yield path


def version_of(path: Path) -> int:
    """The version in a template's file name."""
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} must be named <task>.v<N>.jinja")
    return int(match["version"])


def locked_digests() -> dict[str, str]:
    """File name to digest, as committed."""
    return read_lock(LOCK)


def language_name(code: str) -> str:
    """How a prompt names the language it wants; an unlisted one by its code."""
    return _LANGUAGES.get(code, f"the language with the ISO 639 code {code}")


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # prompts are plain text, never shown as HTML
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a template never changes
    )
    environment.filters["language_name"] = language_name
    return environment
