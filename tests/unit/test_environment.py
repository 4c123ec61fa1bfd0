"""Secrets of systems are read where the settings are: from `.env`, and from the environment above it."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from bot.cli.run import environment


def test_env_file_fills_what_the_environment_lacks_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file, outside = secrets.token_hex(8), secrets.token_hex(8)
    (tmp_path / ".env").write_text(f"STOREFRONT_SECRET={in_file}\nWMS_TOKEN={in_file}\nTILL_TOKEN\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WMS_TOKEN", outside)
    found = environment()
    assert (found["STOREFRONT_SECRET"], found["WMS_TOKEN"]) == (in_file, outside)
    assert "TILL_TOKEN" not in found
