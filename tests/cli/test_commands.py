"""The two ways in which tests call the command are the same command."""

from __future__ import annotations

import pytest

from commands import call, run


@pytest.mark.parametrize(
    "words", [("--version",), ("verify", "--suite", "nothing"), ("report", "missing.json"), ("nothing",)]
)
def test_a_command_in_this_process_does_what_one_of_its_own_does(tmp_path, words):
    """Exit code and both outputs are equal."""
    inside, outside = call(*words, cwd=tmp_path), run(*words, cwd=tmp_path)
    assert (inside.returncode, inside.stdout, inside.stderr) == (
        outside.returncode,
        outside.stdout,
        outside.stderr,
    )
