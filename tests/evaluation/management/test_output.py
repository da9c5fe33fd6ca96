"""A folder of releases that cannot be written is an error in words, and leaves nothing behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Release
from evaluation.services.releases.make import make_release
from tests.evaluation.gold import approve, waiting_triple

pytestmark = pytest.mark.django_db

# Nobody can make a folder there, an administrator neither.
BEHIND_A_DEVICE, OF_PROCESSES = Path("/dev/null/releases"), Path("/proc/releases")


@pytest.fixture
def a_file(tmp_path) -> Path:
    path = tmp_path / "file"
    path.write_text("")
    return path


def _refused(*arguments: str, output: Path) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*arguments, "--output", str(output))
    return str(caught.value)


def _advice(output: Path) -> str:
    return f". The release goes into a folder of {output}; give an --output folder that can be written."


@pytest.mark.parametrize("output", [BEHIND_A_DEVICE, OF_PROCESSES])
def test_commands_say_which_output_cannot_be_written(tmp_path, output):
    approve(waiting_triple("GB", 1))
    assert _refused("make_release", "pier", output=output).endswith(_advice(output))
    assert not Release.objects.exists()

    folder = make_release(name="pier", output=tmp_path).folder
    assert _refused("rebuild_release", "pier", output=output).endswith(_advice(output))
    assert _refused("import_release", folder, "--name", "other", output=output).endswith(_advice(output))
    assert Release.objects.count() == 1


def test_commands_say_that_the_output_is_a_file(tmp_path, a_file):
    approve(waiting_triple("GB", 1))
    told = f"{a_file}: Not a directory{_advice(a_file)}"
    assert _refused("make_release", "pier", output=a_file) == told
    assert not Release.objects.exists()

    folder = make_release(name="pier", output=tmp_path).folder
    assert _refused("rebuild_release", "pier", output=a_file) == told
    assert _refused("import_release", folder, "--name", "other", output=a_file).endswith(_advice(a_file))


def test_the_folder_of_the_settings_is_named_where_no_other_is_given(settings, a_file):
    settings.RELEASES_DIR = a_file
    approve(waiting_triple("GB", 1))

    with pytest.raises(CommandError) as caught:
        call_command("make_release", "pier")

    assert str(caught.value) == f"{a_file}: Not a directory{_advice(a_file)}"


def test_import_names_a_release_json_that_is_no_file_for_what_it_is(tmp_path):
    approve(waiting_triple("GB", 1))
    folder = tmp_path / "arrived"
    shutil.copytree(make_release(name="pier", output=tmp_path).folder, folder)
    (folder / "release.json").unlink()
    (folder / "release.json").mkdir()

    found = _refused("import_release", str(folder), output=tmp_path / "here")

    assert "does not verify, so nothing was imported" in found
    assert "release.json: cannot be read: is no regular file" in found
