"""The store and the mock are killed while changes arrive; benchmarks/store_kills.py does it fifty times."""

from __future__ import annotations

import shutil

import pytest

from store_kills import run_kills


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_nothing_acknowledged_is_lost(tmp_path):
    """Three kills: every change with a response arrives, and no reader sees a part of one."""
    figures = run_kills(tmp_path, 3)
    assert (figures.kills, figures.lost, figures.halves) == (3, 0, 0)
    assert figures.acknowledged > 0
    assert figures.reads > 0
