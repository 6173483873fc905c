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


#: Names of values that hold a sentence, a heading, a pytest id or the output of a program.
TEXTS = {
    "message", "messages", "sentence", "reason", "why", "detail", "explanation", "heading", "title",
    "summary", "longrepr", "nodeid", "stdout", "stderr", "output", "captured", "headline", "'message'",
    "'mismatch'", "'reason'",
}  # fmt: skip

#: Methods that look into a text.
READING = {
    "split", "rsplit", "partition", "rpartition", "startswith", "endswith", "removeprefix", "removesuffix",
    "find", "rfind", "index", "count", "match", "search", "fullmatch", "findall", "finditer", "sub",
}  # fmt: skip

#: Modules that read one nevertheless, and why.
READERS = {
    "engines/pact.py": "pact's verifier reports a rule that it cannot apply in a text only",
    "families/persistent_store/provider/faults/schema.py": "a member of a body has the name",
    "openapi/lint.py": "the validator's message has the schema and the document behind its first paragraph",
    "record/causes/status_merges.py": "whether the provider gives a message",
    "report/checks.py": "a heading becomes the anchor of a link",
    "report/page.py": "the title of a finding is set apart within the line that it begins",
    "transport/pact_cli.py": "pact's can-i-deploy ends with 1 for `no` and for any failure",
}


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


def test_tests_mirror_the_packages() -> None:
    """The tests of a package are in the folder of its name; beside them are data and what tests share."""
    tests = ROOT / "tests"
    folders = {path.parent.relative_to(tests).parts for path in tests.rglob("test_*.py")} - {()}
    packages = [path.parent.relative_to(PACKAGE).parts for path in MODULES]
    ends = {(package[0], package[-1]) for package in packages if package}
    assert [folder for folder in folders if (folder[0], folder[-1]) not in ends] == []


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


def names(node: ast.expr) -> Iterator[str]:
    """The names that a value is made of: `str(error.message).strip()` has `message`; members in quotes."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield repr(part.value)


def is_text(node: ast.expr) -> bool:
    """Whether a value is a sentence or an error as a text."""
    is_error = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "str"
        and "error" in names(node.args[0] if node.args else node)
    )
    return is_error or (
        isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp)
        and not TEXTS.isdisjoint(names(node))
    )


def is_layout(call: ast.Call) -> bool:
    """Whether a call only divides a text at blanks or line breaks, as what prints it does."""
    return not call.args or (isinstance(call.args[0], ast.Constant) and call.args[0].value == "\n")


def cuts(node: ast.AST) -> bool:
    """Whether a node cuts or searches a sentence."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or is_layout(node):
        return False
    is_function = isinstance(node.func.value, ast.Name)  # re.search(pattern, text), or a method of a text
    texts = [node.func.value, *node.args] if is_function else [node.func.value]
    return node.func.attr in READING and any(map(is_text, texts))


def searches(node: ast.AST) -> bool:
    """Whether a node asks if something is in a sentence; a field may be in a set of values."""
    return (
        isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops)
        and is_text(node.comparators[0])
        and not isinstance(node.left, ast.Attribute)
    )


def reads(tree: ast.Module) -> Iterator[int]:
    """The lines of a module that read a sentence."""
    return (getattr(node, "lineno", 0) for node in ast.walk(tree) if cuts(node) or searches(node))


def test_no_module_reads_a_sentence() -> None:
    """What code compares is a field: no module looks into a message, a pytest id or captured output."""
    readers = {str(path.relative_to(PACKAGE)) for path in MODULES if any(reads(parse(path)))}
    assert readers == set(READERS)


@pytest.mark.parametrize(
    "line",
    [
        'x = "missing" in finding.message',
        'x = str(error).startswith("no")',
        'x = outcome.reason.partition(": ")[0]',
        'x = re.search("a", report.longrepr)',
        'x = item.nodeid.split("::")',
        'x = "no" in process.stdout + process.stderr',
        'x = "missing" not in str(entry.get("mismatch"))',
    ],
)
def test_reading_a_sentence_is_noticed(line: str) -> None:
    """Each way to look into a text."""
    assert list(reads(ast.parse(line))) == [1]
