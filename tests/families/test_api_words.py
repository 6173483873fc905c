"""The words of the API live in its family: no other code names a header, member, parameter or path of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from source_trees import MODULES as ALL_MODULES
from source_trees import PACKAGE as SOURCE
from source_trees import parse
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.api import BASE

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
    API.resource,
    f"{API.resource}s",
    BASE,
)

#: Phrases with a word of the API that are of other things: the product's name, and what CI stands for.
OTHER_THINGS = re.compile("persistent store integrations API|continuous integration", re.IGNORECASE)

#: Modules about the mock's stores, which only this API has.
SYNC = ("cli/mock.py", "run/mock_server.py")

#: The help and the messages of options that are of one API still name a project and an environment.
MODULES = sorted(path for path in ALL_MODULES if "families" not in path.relative_to(SOURCE).parts)


def texts(path: Path):
    """The string constants of a module, its docstrings included, with their lines."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, OTHER_THINGS.sub("", node.value)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_word_of_the_api(path):
    """The machinery takes the words of the API from its family."""
    allowed = (*DEFAULT_FAMILY.kinds, f"{API.resource}s", API.resource) if is_about_stores(path) else ()
    words = [word for word in WORDS if word not in allowed]
    named = [(line, word) for line, text in texts(path) for word in words if has_word(text, word)]
    assert named == []


def is_about_stores(path) -> bool:
    """Whether a module belongs to `storepact store` or `mock --sync`, which name the stores."""
    name = path.relative_to(SOURCE).as_posix()
    return name.startswith("cli/store/") or name in ("run/store_check.py", "cli/commands.py", *SYNC)


def has_word(text, word) -> bool:
    """Whether a text has a word, and not only as a part of a longer one."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word.lower())}(?![a-z0-9])", text.lower()) is not None
