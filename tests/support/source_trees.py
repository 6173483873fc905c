"""The syntax trees of the package's modules, parsed when a test first asks for them, and once a process."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "storepact"
MODULES = tuple(path for path in sorted(PACKAGE.rglob("*.py")) if "_data" not in path.parts)

Trees = dict[Path, ast.Module]


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def parse_package() -> Trees:
    """The syntax trees of all modules, by file."""
    return {path: parse(path) for path in MODULES}
