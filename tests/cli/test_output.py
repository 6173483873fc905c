"""The options of output that every command takes: how much is printed, in colours or not, how wide."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import call, clean_environment, command
from sample_records import broken, clean
from storepact.cli import output
from storepact.model.errors import ReportFolderUnusable
from storepact.model.presentation import Presentation, present, presentation
from storepact.record.store import dump
from storepact.report import RenderOptions, console, terminal
from storepact.report.finding_text import readable_pointer
from storepact.run import finish

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("color", "environment", "stream", "colored"),
    [
        (None, {}, io.StringIO(), False),
        (None, {}, Terminal(), True),
        (None, {"TERM": "dumb"}, Terminal(), False),
        (None, {"NO_COLOR": "1"}, Terminal(), False),
        (None, {"NO_COLOR": ""}, Terminal(), True),
        (None, {"FORCE_COLOR": "1"}, io.StringIO(), True),
        (None, {"FORCE_COLOR": "0"}, Terminal(), False),
        (None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
        (True, {"NO_COLOR": "1"}, io.StringIO(), True),
        (False, {"FORCE_COLOR": "1"}, Terminal(), False),
    ],
)
def test_colours(color: bool | None, environment: dict[str, str], stream: io.StringIO, colored: bool) -> None:
    """The option, NO_COLOR, FORCE_COLOR, and the terminal, in this order."""
    assert Presentation(color=color).wants_color(stream, environment) is colored


def test_a_presentation_holds_for_one_call() -> None:
    """Afterwards it is the usual one again."""
    with present(Presentation(quiet=True)):
        assert presentation().quiet
    assert presentation() == Presentation()


@pytest.fixture(name="record")
def _record(tmp_path: Path) -> Path:
    """The file of a broken run."""
    path = tmp_path / "run.json"
    path.write_text(dump(broken()), encoding="utf-8")
    return path


def test_quiet_is_the_titles_and_the_verdict() -> None:
    """A line for each cause, and the last line."""
    whole = console.render(broken(), RenderOptions(width=10_000)).splitlines()
    lines = console.render(broken(), RenderOptions(width=10_000, quiet=True)).splitlines()
    assert len(lines) == len(broken().causes) + 1
    assert lines == whole[-len(lines) :]
    assert lines[-1].startswith("BROKEN")
    assert len(console.render(clean(), RenderOptions(width=10_000, quiet=True)).splitlines()) == 1


@pytest.mark.parametrize("place", ["before", "behind"])
def test_quiet_stands_before_or_behind_the_command(record: Path, place: str) -> None:
    """As users type it."""
    words = ("report", record, "--format", "console")
    done = call("-q", *words) if place == "before" else call(*words, "--quiet")
    assert len(done.stdout.splitlines()) == len(broken().causes) + 1


def test_colours_can_be_asked_for_in_a_pipe(record: Path) -> None:
    """And refused."""
    words = ("report", record, "--format", "console")
    assert "\x1b[" in call(*words, "--color").stdout
    assert "\x1b[" not in call(*words, "--no-color", environment={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" in call(*words, environment={"FORCE_COLOR": "1", "NO_COLOR": ""}).stdout


@pytest.mark.parametrize("words", [("checks",), ("mock", "--list-faults"), ("config", "show")])
def test_tables_have_colours_where_these_are_wanted(words: tuple[str, ...]) -> None:
    """In a pipe by --color only; the text is the same."""
    plain, colored = call(*words).stdout, call(*words, "--color").stdout
    assert "\x1b[" not in plain
    assert "\x1b[1m" in colored
    assert re.sub(r"\x1b\[\d*m", "", colored) == plain


@pytest.mark.parametrize("columns", ["120", "40"])
@pytest.mark.parametrize("color", [True, False, None])
def test_a_table_on_a_terminal_has_colours_unless_refused(
    monkeypatch: pytest.MonkeyPatch, columns: str, color: bool | None
) -> None:
    """Bold is one of them; a narrow terminal gets a paragraph for each row."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with present(Presentation(color=color)):
        terminal.print_tables([[("run", "verdict"), ("1", "broken")]])
    assert ("\x1b[31mbroken" in stream.getvalue()) is (color is not False)
    assert ("\x1b[" in stream.getvalue()) is (color is not False)


def test_in_a_pipe_lines_are_not_wrapped(record: Path) -> None:
    """Whatever COLUMNS says: what reads a pipe takes lines as they are."""
    narrow = call("report", record, "--format", "console", environment={"COLUMNS": "40"}).stdout
    assert narrow == console.render(broken(), RenderOptions(record.parent, terminal.UNLIMITED))


@pytest.mark.parametrize(
    "words",
    [
        ("checks", "--quiet", "--verbose"),
        ("checks", "--no-colour"),
        ("-q",),
        ("--color=maybe", "checks"),
    ],
)
def test_a_wrong_option_of_output_is_wrong_usage(words: tuple[str, ...]) -> None:
    """One line on stderr."""
    done = call(*words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_has_a_short_option(flag: str) -> None:
    """One line."""
    assert call(flag).stdout.startswith("storepact ")


@pytest.mark.parametrize(
    "words",
    [
        ("contracts", "check", "--json"),
        ("checks", "--json"),
        ("explain", "SP101", "--json"),
    ],
)
def test_json_stands_alone_on_standard_output(words: tuple[str, ...]) -> None:
    """Also in a job of GitHub Actions, whose annotations go to standard error then."""
    done = call(*words, environment={"GITHUB_ACTIONS": "true"})
    assert json.loads(done.stdout)


def test_two_runs_are_compared_as_json(record: Path, tmp_path: Path) -> None:
    """The comparison as compare.json has it."""
    base = tmp_path / "clean.json"
    base.write_text(dump(clean()), encoding="utf-8")
    done = call("compare", base, record, "--json", "--history", tmp_path / "none.db")
    assert done.returncode == 1
    assert json.loads(done.stdout)["regression"] is True
    quiet = call("compare", base, record, "-q", "--history", tmp_path / "none.db")
    assert (
        quiet.stdout.splitlines()[-1]
        == call("compare", base, record, "--history", tmp_path / "none.db").stdout.splitlines()[-1]
    )


def test_a_quiet_comparison_of_pacts_has_the_disagreements_that_fail() -> None:
    """The totals and the verdict end it."""
    assert len(call("contracts", "check", "-q").stdout.splitlines()) == 2


def test_a_terminal_without_a_width_has_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some pseudo-terminals say that they have 0."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda *stream: os.terminal_size((0, 0)))
    assert terminal.width_of_output() == 80
    monkeypatch.setattr(os, "get_terminal_size", lambda *stream: os.terminal_size((132, 40)))
    monkeypatch.setattr(sys, "__stdout__", Terminal())
    monkeypatch.setattr(Terminal, "fileno", lambda self: 1)
    assert terminal.width_of_output() == 132


@pytest.mark.parametrize("is_record", [True, False])
def test_a_closed_pipe_changes_no_exit_code(record: Path, is_record: bool) -> None:
    """The reader has gone before anything came: the command ends as it would otherwise, without a word."""
    words = ("report", record, "--format", "console") if is_record else ("checks", "--json")
    expected = call(*words)
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        command(*words), env=clean_environment(), stdout=write, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(write)
        assert process.stderr is not None
        assert process.stderr.read() == expected.stderr
    assert process.returncode == expected.returncode


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_output_that_cannot_be_written_is_said_in_one_line() -> None:
    """It has no result then."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("checks"),
            env=clean_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        3,
        "storepact: cannot write the output: No space left on device\n",
    )


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/paths/~1api~1v2~1x~1{key}/get/responses/200", "GET /api/v2/x/{key} responses 200"),
        ("/paths/~1x/delete", "DELETE /x"),
        ("/paths/~1x", "/paths/~1x"),
        ("/components/schemas/A/properties/b", "/components/schemas/A/properties/b"),
        ("", ""),
    ],
)
def test_an_operation_is_shown_by_method_and_path(pointer: str, text: str) -> None:
    """In place of the escapes of a JSON pointer."""
    assert readable_pointer(pointer) == text


@pytest.mark.parametrize("words", [("drift", PUBLISHED), ("contracts", "check", "--notes")])
def test_no_escaped_path_is_printed(words: tuple[object, ...]) -> None:
    """Neither of a difference nor of what is not compared."""
    assert "/paths/~1" not in call(*words).stdout


def test_commands_print_lines_that_fit_the_terminal() -> None:
    """By `print_paragraphs` and tables; what counts its columns itself is named here."""
    own = {
        "output.py",
        "main.py",
        "help.py",
        "help_formatter.py",
        "sources.py",
        "traffic_options.py",
        "runs.py",
    }
    folder = Path(output.__file__ or "").parent
    printing = [path.name for path in folder.rglob("*.py") if re.search(r"(?<!\w)print\(", path.read_text())]
    assert set(printing) <= own


@pytest.mark.parametrize("writer", ["write_whole", "write_reports"])
def test_full_disk_takes_no_verdict_away(writer, tmp_path, monkeypatch):
    """Where the record or the reports cannot be written, the verdict is printed before the error."""

    def fail(*_, **__):
        raise ReportFolderUnusable(tmp_path, "No space left on device")

    monkeypatch.setattr(finish, writer, fail)
    done = call("verify", "--suite", "document", "--history", "none", "--report-dir", str(tmp_path))
    assert done.returncode == 2
    assert "CONFORMS" in done.stdout
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("stdout_is_terminal", [False, True])
def test_verdict_is_printed_below_the_progress_on_a_terminal(stdout_is_terminal, tmp_path):
    """The bar of a run takes nothing of what is printed afterwards."""
    controlling, terminal = os.openpty()
    command = [sys.executable, "-m", "storepact", "verify", "--suite", "document", "--history", "none"]
    with subprocess.Popen(
        [*command, "--report-dir", str(tmp_path)],
        stdin=terminal,
        stdout=terminal if stdout_is_terminal else subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux tells that nobody has the terminal open any more
            while part := os.read(controlling, 65_536):
                shown += part
        printed = shown if process.stdout is None else process.stdout.read()
    os.close(controlling)
    assert process.returncode == 0
    assert b"testing mock" in shown
    assert b"CONFORMS" in printed, shown
