"""What the documentation says to type exists: every verb, every option, every file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from storepact.cli.catalogue import commands_table
from storepact.cli.commands import GROUPS
from storepact.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RECIPES = sorted((ROOT / "docs" / "ci").glob("*.yml"))


def commands() -> dict[str, tuple[set[str], str]]:
    """Every command by its name: its options and its help."""
    found = {}

    def walk(group, name):
        arguments = group.assemble_argument_collection() if group.default_command else ()
        options = {option for argument in arguments for option in argument.names}
        found[name] = (options, group.help.strip())
        for below in group:
            if not below.startswith("-"):
                walk(group[below], f"{name} {below}".strip())

    walk(app, "")
    everywhere = {option for argument in app.meta.assemble_argument_collection() for option in argument.names}
    return {name: (options | everywhere, text) for name, (options, text) in found.items()}


COMMANDS = commands()
VERBS = [name for name in COMMANDS if (name and name not in GROUPS) or name == "history"]


@pytest.mark.parametrize("verb", VERBS)
def test_command_is_documented_and_has_help(verb):
    """In the page of commands, with an example."""
    assert f"| `storepact {verb}` |" in COMMANDS_PAGE
    assert COMMANDS[verb][1]


def test_page_of_commands_is_current():
    assert commands_table() in COMMANDS_PAGE


def test_readme_is_one_page():
    """At most 120 lines, with a picture that exists."""
    assert len(README.splitlines()) <= 120
    assert (ROOT / re.search(r"!\[[^]]+\]\(([^)]+)\)", README)[1]).exists()


def lines_of(text):
    """Every storepact command line of a text, as words."""
    text = re.sub(r"(?ms)^```(text|yaml|python|toml)$.*?^ *```$", "", text)
    for line in re.findall(
        r"(?m)^(?:\s*(?:- )?(?:run: )?\$ |\s*- |.*\[|\s*- run: )storepact ([^#\n\]]+)", text
    ):
        yield shlex.split(line.replace("…", "x"), posix=True)


def action_steps(path):
    """The steps of a workflow that use the action of this repository; it keeps the reports."""
    jobs = [job for job in yaml.safe_load(path.read_text(encoding="utf-8")).values() if isinstance(job, dict)]
    steps = [
        step
        for group in jobs
        for job in group.values()
        if isinstance(job, dict)
        for step in job.get("steps", ())
    ]
    return [step for step in steps if str(step.get("uses", "")).startswith("storepact/")]


def typed():
    for path in (ROOT / "README.md", *RECIPES, *PAGES):
        for words in lines_of(path.read_text(encoding="utf-8")):
            yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")
    for path in RECIPES:
        for step in action_steps(path):
            words = shlex.split(step["with"]["command"])
            yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")


@pytest.mark.parametrize("words", list(typed()))
def test_line_can_be_typed(words):
    """Its verb is one, and takes its options."""
    words = words[: words.index(";")] if ";" in words else words
    verb = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0].rstrip(";")
    assert verb in COMMANDS
    assert {word.partition("=")[0].rstrip(";") for word in words if word.startswith("--")} <= COMMANDS[verb][
        0
    ] | {"--help"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_recipe_is_yaml_and_keeps_its_reports(path):
    """A job that cannot be parsed runs nowhere, and one whose reports are gone tells nobody anything."""
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(recipe, dict)
    kept = [step["with"].get("report-name", "storepact") for step in action_steps(path)]
    assert any(kept) or "storepact-report/" in path.read_text(encoding="utf-8")


def test_links_lead_somewhere():
    """Every relative link of the documentation."""
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"
