"""A recipe in a file and on the command line, as a command that makes a release takes it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

import pytest

from evaluation.management.recipe_options import add_recipe_options, recipe_of
from evaluation.publishing.recipe import Recipe, RecipeError


def _recipe(*arguments: Any) -> Recipe:
    parser = ArgumentParser()
    add_recipe_options(parser)
    return recipe_of(vars(parser.parse_args(list(map(str, arguments)))))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"recipe": 5}', "recipe is 5; it must be an object"),
        ('{"recipe": null}', "recipe is None; it must be an object"),
        ('{"recipe": ["quoted"]}', "recipe is ['quoted']; it must be an object"),
        ("5", "is not a JSON object"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"recipe": {"seed": "x"}}', "seed is 'x'; it must be a whole number"),
        ('{"gates": 5}', "gates is not an object"),
    ],
)
def test_a_file_that_has_no_recipe_is_refused_by_name(tmp_path, content, message):
    file = tmp_path / "recipe.json"
    file.write_text(content)

    with pytest.raises(RecipeError) as raised:
        _recipe("--recipe", file)

    assert str(raised.value).startswith(str(file))
    assert message in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.json cannot be read as JSON: .*No such file"):
        _recipe("--recipe", tmp_path / "none.json")


def test_a_list_has_one_stored_form_wherever_it_names_something_twice(tmp_path):
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps({"source_types": ["quoted", "quoted"], "balance": ["choices"]}))

    read = _recipe("--recipe", file, "--balance-choices", "--nation", "FR", "--nation", "FR")
    given = _recipe("--source-type", "quoted", "--balance", "choices", "--nation", "FR")

    assert read == given
    assert read.as_dict()["source_types"] == ["quoted"]
