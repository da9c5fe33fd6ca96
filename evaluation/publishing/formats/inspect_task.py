"""A task file for Inspect: ``inspect eval <release>/inspect/navab.py@navab_cn``."""

from __future__ import annotations

from evaluation.publishing.content import Content, Files
from evaluation.publishing.files import whole
from evaluation.publishing.formats.client_code import client_code, client_name


def files(content: Content) -> Files:
    """``inspect/navab.py``: the task ``navab`` with nation and type as parameters, and a task per nation."""
    code = client_code("inspect_navab.py", content.manifest.canary)
    nations = dict.fromkeys(where.nation for where in content.slices())
    yield "inspect/navab.py", whole("\n\n".join([code, *map(_task, nations)]).encode())


def _task(nation: str) -> str:
    return (
        f'@task\ndef navab_{client_name(nation)}(source_type: str = "all") -> Task:\n'
        f'    """Items of {client_name(nation).upper()}."""\n'
        f'    return navab("{nation.lower()}", source_type)\n'
    )
