"""What the documentation says to type exists: every verb, every option, every file."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
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


def test_figures_of_other_tools_are_those_of_the_measurements():
    """The table of README is what the script makes of docs/peers.md and docs/performance.md."""
    script = runpy.run_path(str(ROOT / "benchmarks" / "readme.py"))
    written = README.partition(script["BEGIN"])[2].partition(script["END"])[0]
    assert written.strip() == script["make_table"]()
    assert all(name in written for name in ("Schemathesis", "Pact", "Specmatic", "Prism", "oasdiff"))


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


def command_lines():
    for path in (ROOT / "README.md", *RECIPES, *PAGES):
        for words in lines_of(path.read_text(encoding="utf-8")):
            yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")
    for path in RECIPES:
        for step in action_steps(path):
            words = shlex.split(step["with"]["command"])
            yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")


@pytest.mark.parametrize("words", list(command_lines()))
def test_line_can_be_typed(words):
    """Its verb is one, and takes its options."""
    words = words[: words.index(";")] if ";" in words else words
    verb = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0].rstrip(";")
    assert verb in COMMANDS
    assert {word.partition("=")[0].rstrip(";") for word in words if word.startswith("--")} <= COMMANDS[verb][
        0
    ] | {"--help"}


#: How a command of this project begins in a line of a shell.
_CALL = re.compile(r"(?:^|[\s$(;&|/])storepact (?P<words>[^;|&>)#`]*)")


def shell_lines(path):
    """The lines that a page's blocks of shell say to type, with continuations joined."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"(?ms)^ *```(?:sh|console|shell|bash)\n(.*?)^ *```", text):
        lines = [line.strip() for line in block.replace("\\\n", " ").splitlines()]
        typed_after_prompt = [line for line in lines if line.startswith("$ ")]
        yield from typed_after_prompt or lines  # the rest of a block with prompts is output


def calls_in_blocks():
    """Every call of storepact in a block of shell of README and docs, without comments and brackets."""
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES):
        for line in shell_lines(path):
            for match in _CALL.finditer(re.sub(r"(?:^|\s)#.*", "", line)):
                words = match["words"].replace("[", " ").replace("]", " ").replace("…", "x").split()
                yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")


def value_of(word):
    """A word of a page as a shell gives it: one of alternatives, a variable, quotes."""
    return word.partition("|")[0].strip("'\"")


@pytest.mark.parametrize("words", list(calls_in_blocks()))
def test_call_in_a_block_is_one_that_the_program_takes(words):
    """By the parser itself: the command, each option, and the type of each value that is no placeholder."""
    words = [value_of(word) for word in words]
    words = ["1" if word in ("N", "SECONDS") else word for word in words]
    words = ["2027-01-31" if word == "DATE" else word for word in words]
    if words in (["--install-completion"], ["-V"]):
        return
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    assert name in COMMANDS
    source, app.config = app.config, ()
    try:
        app.parse_args(words, exit_on_error=False, print_error=False)
    finally:
        app.config = source


def test_scripts_that_pages_name_exist():
    """Of benchmarks/, tests/ and .ci/."""
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES):
        for name in re.findall(r"(?<![\w/])(?:benchmarks|tests|\.ci)/[\w/.-]*\w", path.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{path.name}: {name}"


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


#: A name in code that is a path: of a module, a page, a folder.
_PATH = re.compile(r"`((?!/)[\w./-]*(?:\.(?:py|md|toml|ini|ya?ml)|/))`")

#: `TABLE` of `path`, or in it.
_NAME_IN_FILE = re.compile(r"`(\w+)`,? (?:of|in) `([\w./]+\.py)`")


def find_path(name: str, near: list[Path]) -> Path | None:
    """The file or folder of a name: from the root, from the package, or beside one that was named before."""
    folders = [ROOT, ROOT / "src" / "storepact", ROOT / "docs"]
    folders += [
        folder for path in reversed(near) for folder in (path, *path.parents) if ROOT in folder.parents
    ]
    return next((folder / name for folder in folders if (folder / name).exists()), None)


def paths_of(line: str) -> Iterator[tuple[str, Path | None]]:
    """The paths that a line names, each with where it is; None where there is no such file."""
    near = [ROOT / "src" / "storepact" / "families" / "persistent_store"]
    for name in _PATH.findall(line):
        path = find_path(name, near)
        yield name, path
        if path is not None:
            near.append(path)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_paths_that_pages_name_exist(page):
    """Every file to open is there, and holds the table or class that the page names."""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        places = dict(paths_of(line))
        assert None not in places.values(), f"{page}: {places}"
        for name, file in _NAME_IN_FILE.findall(line):
            text = places[file].read_text(encoding="utf-8")
            assert re.search(rf"\b{name}\b", text), f"{page}: {file} has no {name}"


@pytest.mark.parametrize(
    "change",
    [
        "an option of reports, such as `--junit-prefix`",
        "a check of a response header",
        "a report format",
        "how secrets are masked",
        "a second API family",
        "a drift rule",
        "a provider state",
        "a column of the history",
        "a fault of the mock",
        "the exit code of an interrupted run",
    ],
)
def test_page_names_the_file_to_open_for_a_change(change):
    """The ten usual changes have a row, and its file or folder is named in full."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {change} |")]
    first, _ = next(paths_of(row))
    assert any((folder / first).exists() for folder in (ROOT, ROOT / "src" / "storepact"))
