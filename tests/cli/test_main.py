"""The command line as a whole: help, wrong calls, exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import call, run
from storepact.cli import main
from storepact.cli.commands import GROUPS_WITHOUT_COMMAND
from storepact.model.errors import TargetUnreachable, UsageError
from storepact.model.outcome import Verdict


@pytest.mark.parametrize("arguments", [(), ("contracts",)])
def test_a_call_without_a_command_prints_the_help(arguments: tuple[str, ...]) -> None:
    """And is wrong usage."""
    done = call(*arguments)
    assert done.returncode == 2
    assert "Commands:" in done.stdout


def test_help_fits_forty_columns() -> None:
    """Without frames and colours."""
    done = run("verify", "-h", environment={"COLUMNS": "40"})
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 40
    assert done.stdout.isascii() or "╭" not in done.stdout
    assert "\x1b" not in done.stdout


def test_every_command_is_listed_with_its_help() -> None:
    """One line of help for each, from the command's own text."""
    done = run("--help", environment={"COLUMNS": "200"})
    for name in (*main.COMMANDS, *main.GROUPS):
        assert f"  {name}: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verfy",), 'Did you mean "verify"?'),
        (("verify", "--allow-write"), "Did you mean --allow-writes?"),
        (("contracts", "chek"), 'Did you mean "check"?'),
        (("prove", "--project", "p"), "go with --target"),
        (("compare", "one.json"), "give two records"),
    ],
)
def test_a_wrong_call_is_one_line_with_the_nearest_name(arguments: tuple[str, ...], words: str) -> None:
    """On stderr, with exit code 2."""
    done = call(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("accept", "abc"),
            "--reason TEXT is missing: why the findings may stay. For example: storepact accept",
        ),
        (("accept", "abc", "--reason", "x"), "--until DATE is missing: the last day that they may stay"),
        (("accept", "--reason"), "--reason has no value; it takes TEXT: why the findings may stay."),
        (("export",), "--as FORMAT is missing: the format: pytest"),
        (("history", "show"), "ID is missing: the run's number, or latest-green. For example:"),
        (("drift",), "PUBLISHED is missing: the provider's published OpenAPI document"),
        (("mock", "--port"), "--port has no value; it takes N: the port to listen on"),
        (("mock", "--port", "x"), "--port takes a whole number, and not 'x'."),
        (("explore", "--cases", "1.5"), "--cases takes a whole number, and not '1.5'."),
        (("verify", "--max-requests", "2.0"), "--max-requests takes a whole number, and not '2.0'."),
        (("verify", "--rate", "fast"), "--rate takes a number, and not 'fast'."),
        (("cleanup", "--older-than", "soon"), "--older-than takes a time such as 90s, 30m or 24h, and not"),
        (
            ("cleanup", "--target", "eu", "--older-than", "-1h"),
            "--older-than '-1h': an age cannot be below 0",
        ),
        (("mock", "--latency", "1e9"), "--latency '1e9': must be <= 600000."),
        (("export", "a", "b", "--as", "har"), "export takes no further argument: 'b'; leave it out."),
    ],
)
def test_a_wrong_option_is_named_with_its_form(arguments: tuple[str, ...], line: str) -> None:
    """What it takes and means, an example where it is missing, and where to read more."""
    done = call(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"storepact: {line}")
    assert re.search(r"See storepact [\w ]+ --help\.$", done.stderr)


def test_no_token_in_a_wrong_place_is_repeated() -> None:
    """As a number, or as a further argument."""
    token = "api-12345678-1234-1234-1234-123456789012"
    for words in (("verify", "--seed", token), ("verify", token), ("history", "show", "1", token)):
        done = call(*words)
        assert (done.returncode, token in done.stderr) == (2, False)


@pytest.mark.parametrize("group", GROUPS_WITHOUT_COMMAND)
def test_a_group_alone_prints_its_help_and_is_wrong_usage(group: str) -> None:
    """All groups do the same; `history` is a command, too."""
    done = call(group)
    assert done.returncode == 2
    assert done.stdout.startswith(f"Usage: storepact {group} COMMAND")
    assert done.stderr == "storepact: name a command\n"


def test_the_history_may_be_named_before_the_command(tmp_path: Path) -> None:
    """`storepact history --history URL show 1` is `storepact history show 1 --history URL`."""
    before = call("history", "--history", "runs.db", "show", "1", cwd=tmp_path)
    after = call("history", "show", "1", "--history", "runs.db", cwd=tmp_path)
    assert (before.returncode, before.stderr) == (after.returncode, after.stderr)
    assert before.returncode == 2


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, 0),
        (Verdict.CONFORMS, 0),
        (Verdict.BROKEN, 1),
        (Verdict.UNDETERMINED, 3),
        (UsageError("no"), 2),
        (TargetUnreachable("http://x", "refused"), 3),
        (KeyboardInterrupt(), 3),
        (ZeroDivisionError(), 3),
    ],
)
def test_exit_codes(
    result: object, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a command returns or raises becomes a number in one place."""

    def command(arguments: object) -> object:
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(main, "_call", command)
    assert main.run(["verify"]) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == isinstance(result, BaseException)


def test_no_token_is_printed_when_something_breaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tokens of the environment are masked in the line about an internal error."""

    def command(arguments: object) -> None:
        raise ZeroDivisionError("api-0123456789abcdef")

    monkeypatch.setenv("STOREPACT_TOKEN", "api-0123456789abcdef")
    monkeypatch.setattr(main, "_call", command)
    assert main.run(["verify"]) == 3
    line = capsys.readouterr().err
    assert "internal error: ZeroDivisionError" in line
    assert "api-0123456789abcdef" not in line


def test_ctrl_c_in_a_callback_is_not_lost() -> None:
    """One that comes while the garbage collector calls a library is raised again, without a traceback."""
    script = (
        "import gc, os, signal, sys, time\n"
        "import storepact.__main__ as program, storepact.cli.main as commands\n"
        "def callback(phase, info):\n"
        "    gc.callbacks.clear()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "def collect():\n"
        "    gc.callbacks.append(callback)\n"
        "    gc.collect()\n"
        "    end = time.monotonic() + 30\n"
        "    while time.monotonic() < end:\n"
        "        pass\n"
        "commands.main = collect\n"
        "program.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "storepact: stopped\n")


def test_ctrl_c_while_a_library_runs_made_code_ends_with_3(tmp_path):
    """As dataclasses do while modules are loaded: Python counts it as unhandled, though it is handled."""
    tmp_path.joinpath("sitecustomize.py").write_text(
        "import sys, types\n"
        "commands = types.ModuleType('storepact.cli.main')\n"
        "commands.main = lambda: exec('raise KeyboardInterrupt')\n"
        "sys.modules[commands.__name__] = commands\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "storepact"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "storepact: stopped\n")
