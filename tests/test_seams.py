"""What travels between modules has a type: no `Any` in a signature that another module uses.

A JSON value whose shape is data (a body, a schema, an example) is `storepact.model.tree.Json`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_trees import PACKAGE, Trees, parse_package

#: Members whose value really has any type: an ASGI application, clients of libraries that have no types,
#: column types, defaults of options and fields, and an oracle of whatever state.
ANYTHING = {
    "choice",
    "option",
    "run",
    "show_default",
    "probe_redis_writes",
    "Column.type",
    "OptionField.type",
    "OptionField.default",
    "FamilyRules.oracle",
    "OracleState.oracle",
}


def uses(trees: Trees) -> dict[str, set[Path]]:
    """The modules that use a name: imported functions by name, members as `.member`."""
    modules = defaultdict(set)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    modules[alias.name].add(path)
            elif isinstance(node, ast.Attribute):
                modules[f".{node.attr}"].add(path)
    return modules


def annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr | None]:
    """The annotations of a signature."""
    yield function.returns
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.annotation


def says_any(nodes: Iterator[ast.expr | None]) -> bool:
    """Whether one of the annotations names `Any`."""
    return any(
        (isinstance(part, ast.Name) and part.id == "Any")
        or (isinstance(part, ast.Attribute) and part.attr == "Any")
        for node in nodes
        if node
        for part in ast.walk(node)
    )


def signatures(tree: ast.Module) -> Iterator[tuple[str, str, Iterator[ast.expr | None]]]:
    """(name, name as it is used elsewhere, annotations) of everything public in a module."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, functions) and not node.name.startswith("_"):
            yield node.name, node.name, annotations(node)
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, functions) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", f".{member.name}", annotations(member)
                elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                    yield f"{node.name}.{member.target.id}", f".{member.target.id}", iter([member.annotation])


def untyped_seams(trees: Trees) -> list[str]:
    """What another module uses and whose annotations name `Any`."""
    modules = uses(trees)
    return [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path, tree in trees.items()
        for name, use, nodes in signatures(tree)
        if modules[use] - {path} and name not in ANYTHING and says_any(nodes)
    ]


def test_nothing_untyped_travels_between_modules() -> None:
    """Functions, methods and fields that another module uses say what they take and return."""
    assert untyped_seams(parse_package()) == []


@pytest.mark.parametrize(
    "definition",
    [
        "def planted(value: Any) -> int: ...",
        "def planted(value: int) -> dict[str, Any]: ...",
        "def planted(value: int, /, *, name: list[Any] | None = None) -> int: ...",
        "def planted(value: Any, /) -> int: ...",
        "async def planted(value: typing.Any) -> int: ...",
        "class Planted:\n    def planted(self) -> Any: ...",
        "class Planted:\n    planted: Mapping[str, Any]",
    ],
)
def test_an_untyped_seam_is_noticed(definition: str) -> None:
    """Each way to write `Any` into a signature is noticed where another module uses the name."""
    path = PACKAGE / "checks" / "planted.py"
    alone = {path: ast.parse(definition)}
    assert untyped_seams(alone) == []
    user = ast.parse("from storepact.checks.planted import planted\nprint(value.planted)")
    assert len(untyped_seams({**alone, PACKAGE / "checks" / "user.py": user})) == 1
    assert len(untyped_seams({**alone, PACKAGE / "engines" / "user.py": user})) == 1
