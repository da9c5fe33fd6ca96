"""The clients of releases are there, and cannot reach what would answer for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import run_client

pytestmark = pytest.mark.clients


def test_client_knows_no_module_of_ours_and_no_setting(tmp_path: Path) -> None:
    script = """
import os
from importlib.util import find_spec
ours = [name for name in ("navab_site", "evaluation", "pipeline", "annotation") if find_spec(name)]
print(ours, [name for name in os.environ if name.startswith(("DJANGO_", "NAVAB_"))])
"""

    assert run_client("-c", script, cwd=tmp_path) == "[] []\n"


def test_client_that_asks_a_hub_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="OfflineModeIsEnabled"):
        run_client("-c", "import datasets; datasets.load_dataset('no/such')", cwd=tmp_path)


def test_client_that_fails_shows_the_end_of_what_it_said(tmp_path: Path) -> None:
    script = "import sys; print('first'); sys.exit('because')"

    with pytest.raises(AssertionError, match=r"exited with 1:\nfirst\nbecause$"):
        run_client("-c", script, cwd=tmp_path)
