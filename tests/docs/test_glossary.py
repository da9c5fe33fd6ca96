"""docs/glossary.md has a row for every table."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_glossary_names_every_table_once():
    first_table = PAGE.split("| term | meaning |", 1)[0]
    named = re.findall(r"^\| [^|]+ \| ([A-Z]\w+) \|", first_table, flags=re.MULTILINE)
    models = [
        model.__name__
        for app in ("annotation", "evaluation")
        for model in apps.get_app_config(app).get_models()
        if not model._meta.auto_created
    ]
    assert sorted(named) == sorted(models)
