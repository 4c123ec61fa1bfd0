"""The story of one exception, as `countersign demo --headless` plays it for whoever tries the product first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def demo(seconds: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--headless", "--for", str(seconds)]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=seconds + 60)


@pytest.mark.slow
def test_the_headless_demo_tells_one_exception_from_trigger_to_proof() -> None:
    ended = demo(60)

    assert ended.returncode == 0, ended.stderr
    for words in ("EX-1 opened", "Dana paused", "Sam counted", "verified at Shopify US", "Resolved", "entries fits"):
        assert words in ended.stdout


def test_a_story_that_cannot_end_in_time_fails_and_says_what_it_waited_for() -> None:
    ended = demo(1)

    assert ended.returncode == 1
    assert "waited in vain for" in ended.stderr
