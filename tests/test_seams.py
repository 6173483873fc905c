"""What travels between packages has a type: no `Any` in a signature that another package uses.

A JSON value whose shape is data (a body, a schema, an example) is `storepact.model.tree.Json`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "storepact"

#: Members whose value really has any type: an ASGI application, column types, defaults of options and fields.
ANYTHING = {
    "choice",
    "run",
    "Column.type",
    "OptionField.type",
    "OptionField.default",
    "_Unit.data",
    "_Test.apply",
}

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def package_of(path: Path) -> str:
    """The package that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0]


def uses() -> dict[str, set[str]]:
    """The packages that use a name: imported functions by name, members as `.member`."""
    found = defaultdict(set)
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.name].add(package_of(path))
            elif isinstance(node, ast.Attribute):
                found[f".{node.attr}"].add(package_of(path))
    return found


def annotations(function: ast.FunctionDef) -> Iterator[ast.expr | None]:
    """The annotations of a signature."""
    yield function.returns
    for argument in (*function.args.args, *function.args.kwonlyargs):
        yield argument.annotation


def says_any(nodes: Iterator[ast.expr | None]) -> bool:
    """Whether one of the annotations names `Any`."""
    return any(
        isinstance(part, ast.Name) and part.id == "Any" for node in nodes if node for part in ast.walk(node)
    )


def signatures(tree: ast.Module) -> Iterator[tuple[str, str, Iterator[ast.expr | None]]]:
    """(name, name as it is used elsewhere, annotations) of everything public in a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node.name, annotations(node)
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", f".{member.name}", annotations(member)
                elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                    yield f"{node.name}.{member.target.id}", f".{member.target.id}", iter([member.annotation])


def test_nothing_untyped_travels_between_packages() -> None:
    """Functions, methods and fields that another package uses say what they take and return."""
    used = uses()
    untyped = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path, tree in TREES.items()
        for name, use, nodes in signatures(tree)
        if used[use] - {package_of(path)} and name not in ANYTHING and says_any(nodes)
    ]
    assert untyped == []
