"""What `--help` says, and the completion of shells."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from cyclopts import App

from commands import call
from storepact.cli.commands import COMMANDS, GROUPS, example_of
from storepact.cli.main import app, run
from storepact.run.options import fields_of
from storepact.run.settings import Settings
from storepact.run.topics import TOPICS

#: Words of Python that say nothing to users.
PYTHON = re.compile(r"\b(STR|INT|FLOAT|None|Path \||TIMEDELTA|tuple\[|str\b)|\[default: (None|False|\(\))")


def every_command() -> list[str]:
    """Every command by its words, those of groups included."""
    words = []
    for name in app:
        if not name.startswith("-"):
            below = [sub for sub in app[name] if not sub.startswith("-")]
            words += [f"{name} {sub}" for sub in below]
            words += [name] if not below or app[name].default_command else []
    return words


@pytest.mark.parametrize("command", every_command())
def test_help_has_an_example_and_no_types_of_python(command: str) -> None:
    """A call that can be pasted ends the help, and the options of output stand together."""
    done = call(*command.split(), "-h")
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith(example_of(command).rpartition("  ")[2].split()[-1])
    assert f"storepact {command}" in example_of(command)
    assert "Output:\n" in done.stdout
    assert not PYTHON.search(done.stdout), PYTHON.search(done.stdout)


def test_the_list_of_commands_says_what_each_says() -> None:
    """The lines of the list are the first sentences of the helps."""
    for name, entry in {**COMMANDS, **GROUPS}.items():
        assert " ".join((app[name].help or "").strip().split("\n\n")[0].split()) == entry.summary
    assert {*COMMANDS, *GROUPS} == {name for name in app if not name.startswith("-")}


def test_every_option_of_a_run_has_a_group() -> None:
    """One, and no group names an option that does not exist."""
    names = [entry.name for entry in fields_of(Settings) if entry.option.commands]
    assert Counter(name for topic in TOPICS.values() for name in topic) == Counter(names)


@pytest.mark.parametrize("word", ["verfy", "histroy", "zzz"])
def test_an_unknown_command_is_one_line(word: str) -> None:
    """With the nearest, or all."""
    done = call(word)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert f'Unknown command "{word}"' in done.stderr


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["-q", "--help"]])
def test_the_list_of_commands_begins_with_verify(words: list[str]) -> None:
    """Commands stand in the order in which they are needed, then the options of all of them."""
    lines = call(*words).stdout.splitlines()
    titles = [line.partition(":")[0].strip() for line in lines if line.startswith("  ") and line[2] != " "]
    assert titles[: len(COMMANDS)] == list(COMMANDS)
    assert titles[-5:-2] == ["--quiet, -q", "--verbose, -v", "--color, --no-color"]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("twin", "--targt", "mock"), "Unknown option: --targt. Did you mean --target?"),
        (("proxy", "--targe=https://a"), "Unknown option: --targe. Did you mean --target?"),
        (("accept", "2be904e2d2b6", "--reson", "x"), "Unknown option: --reson. Did you mean --reason?"),
        (("verify", "-qv"), "give either --quiet or --verbose"),
        (("verify", "-q", "--wrong"), "Unknown option: --wrong"),
        (("verify", "--quiet=yes", "--wrong"), "Unknown option: --wrong"),
    ],
)
def test_a_wrong_call_names_the_wrong_word(words: tuple[str, ...], message: str) -> None:
    """Before it names an option that is missing: that is the misspelt one."""
    done = call(*words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"storepact: {message}" in done.stderr


@pytest.mark.parametrize("command", ["verify", "twin", "proxy"])
def test_a_wrong_call_makes_the_options_of_its_command_once(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where an option is missing, and the misspelt one is looked for: it takes a fifth of the call."""
    made: list[App] = []
    assemble = App.assemble_argument_collection
    monkeypatch.setattr(
        App,
        "assemble_argument_collection",
        lambda app, **options: [made.append(app), assemble(app, **options)][1],
    )
    assert run([command, "--targt", "mock"]) == 2
    assert len(made) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(shell: str, tmp_path: Path) -> None:
    """Those of output included; a shell that is installed can read the script."""
    script = call("completion", shell).stdout
    for word in ("verify", "can-i-deploy", "allow-writes", "no-color"):
        assert word in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(
    "load",
    [
        "fpath=($PWD $fpath); compinit -u -D; autoload -Uz _storepact; _storepact",
        "compinit -u -D; source $PWD/_storepact; $_comps[storepact]",
    ],
)
def test_zsh_completes_by_a_file_and_by_sourcing(load: str, tmp_path: Path) -> None:
    """A file of any name in $fpath, and a line of ~/.zshrc, reach what zsh calls for a command."""
    (tmp_path / "_storepact").write_text(call("completion", "zsh").stdout)
    ask = f"autoload -Uz compinit; _arguments() {{ echo reached; exit }}; {load}"
    done = subprocess.run(["zsh", "-f", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "reached" in done.stdout, done.stderr


def test_bash_completes_a_command(tmp_path: Path) -> None:
    """As it does when Tab is pressed."""
    (tmp_path / "script").write_text(call("completion", "bash").stdout)
    ask = (
        f"source {tmp_path}/script; COMP_WORDS=(storepact veri); COMP_CWORD=1; "
        "$(complete -p storepact | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert "verify" in done.stdout.split(), done.stderr


def test_completion_is_installed_for_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder that the shell looks in."""
    done = call("--install-completion", "--shell", "bash", environment={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
    assert any(path.is_file() for path in tmp_path.rglob("storepact*"))


@pytest.mark.parametrize(
    "words", [("completion",), ("completion", "cmd"), ("--install-completion", "--shell", "cmd")]
)
def test_an_unknown_shell_is_wrong_usage(words: tuple[str, ...]) -> None:
    """One line."""
    done = call(*words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
