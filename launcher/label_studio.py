"""Label Studio for the launcher: the same server the tests start."""

from __future__ import annotations

from pathlib import Path

from annotation.label_studio.server import LabelStudioServer, StudioSecrets

__all__ = ["LabelStudioServer", "StudioSecrets", "ensure_installed"]


def ensure_installed(folder: Path) -> Path:
    """Install Label Studio below ``folder`` unless that was done; returns its virtual environment."""
    venv = folder / "venv"
    folder.mkdir(parents=True, exist_ok=True)
    server = LabelStudioServer(folder, venv, 0, StudioSecrets.load_or_make(folder))
    server.ensure_installed(lambda line: print(line, flush=True))
    return server.venv_dir
