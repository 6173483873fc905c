"""What docs/architecture.md promises about the shape of the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from source_trees import MODULES, PACKAGE, ROOT, parse
from storepact.cli.main import COMMANDS

#: Files beside the packages that are no module of their own.
BESIDE = {"__init__.py", "__main__.py", "__pycache__", "py.typed", "_data"}

LONGEST_FUNCTION = 50
LONGEST_MODULE = 300

#: Modules that are still longer.
STILL_LONG: set[str] = set()


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, names: set[str]) -> set[str]:
    """Those of `names` that a module imports, wherever in it, for types only included."""
    nodes = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom) and node.module]
    targets = {
        member if member in names else str(node.module)
        for node in nodes
        for member in (f"{node.module}.{alias.name}" for alias in node.names)
    }
    return targets & names - {name_of(path)}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    return (
        node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_the_top_level_has_at_most_fourteen_names() -> None:
    """A newcomer sees packages only, and not many."""
    names = sorted(path.name for path in PACKAGE.iterdir() if path.name not in BESIDE)
    assert len(names) <= 14, names
    assert all((PACKAGE / name).is_dir() for name in names), names


@pytest.mark.parametrize("package", sorted(path.name for path in PACKAGE.iterdir() if path.is_dir()))
def test_every_package_is_on_the_page(package: str) -> None:
    """docs/architecture.md names every package."""
    if package not in BESIDE:
        assert f"{package}/" in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_no_function_is_longer_than_fifty_lines() -> None:
    """A function fits on a screen."""
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in MODULES
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    """A module has one subject."""
    lengths = {
        str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8").count("\n") for path in MODULES
    }
    long = {name for name, length in lengths.items() if length > LONGEST_MODULE}
    assert long <= STILL_LONG, long - STILL_LONG
    assert long >= STILL_LONG, f"short by now: {STILL_LONG - long}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """A module can be read with nothing but what it imports, also where an import is late or for types."""
    names = {name_of(path) for path in MODULES}
    try:
        TopologicalSorter({name_of(path): imports(path, names) for path in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")


def test_every_package_and_module_says_what_it_holds() -> None:
    """The docstring of a module is a sentence."""
    empty = [
        str(path.relative_to(ROOT)) for path in MODULES if len(ast.get_docstring(parse(path)) or "") < 15
    ]
    assert empty == [str(Path("src/storepact/__init__.py"))] or empty == []


def test_commands_have_short_bodies() -> None:
    """The body of a command has at most 15 lines: options, one call, printing, the verdict."""
    commands = [
        (path, function)
        for path in sorted((PACKAGE / "cli").rglob("*.py"))
        for function in functions(path)
        if function.name == path.stem
    ]
    assert len(commands) >= len(COMMANDS)
    assert [
        f"{path.name}: {size(function)} lines" for path, function in commands if size(function) > 15
    ] == []


def size(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body without its docstring and the imports that a wrong call does without."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    body = [statement for statement in body if not isinstance(statement, ast.ImportFrom)]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_nothing_imports_a_command_or_the_plugin() -> None:
    """`cli` modules and `run.plugin` are entry points; only run/launch.py gives the plugin to pytest."""
    wrong = []
    for path in MODULES:
        package = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                if ("storepact.run.plugin" in names and path.name != "launch.py") or (
                    package != "cli"
                    and package != "__main__.py"
                    and any(name.startswith("storepact.cli") for name in names)
                ):
                    wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
