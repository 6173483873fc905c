"""The words of the API live in its family: no other code names a header, member, parameter or path of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import storepact
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.api import BASE

SOURCE = Path(storepact.__file__).parent
API = DEFAULT_FAMILY.api

#: Texts that only this API has; `items` and `password` are words of JSON Schema and of URLs, too.
WORDS = (
    *API.headers,
    *API.scope_parameters,
    API.id_parameter,
    API.kind_parameter,
    API.id_member,
    *API.hosts.values(),
    *DEFAULT_FAMILY.kinds,
    BASE,
)

#: The help and the messages of options that are of one API still: a project and an environment.
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "families" not in path.relative_to(SOURCE).parts)


def texts(path: Path):
    """The string constants of a module but its docstrings, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_word_of_the_api(path):
    """The machinery takes the words of the API from its family."""
    words = [word for word in WORDS if not (is_about_stores(path) and word in DEFAULT_FAMILY.kinds)]
    named = [(line, word) for line, text in texts(path) for word in words if has_word(text, word)]
    assert named == []


def is_about_stores(path) -> bool:
    """Whether a module belongs to `storepact store`, which names the stores that it reads."""
    name = path.relative_to(SOURCE).as_posix()
    return name.startswith("cli/store/") or name in ("run/store_check.py", "cli/commands.py")


def has_word(text, word) -> bool:
    """Whether a text has a word, and not only as a part of a longer one."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word.lower())}(?![a-z0-9])", text.lower()) is not None
