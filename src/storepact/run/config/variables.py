"""The environment variables with storepact's prefix: which belong to something, and which are misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE
from storepact.run.config.check import known_variables
from storepact.run.config.file import FILE_VARIABLE, ConfigFile, Toml
from storepact.run.config.secrets import is_secret_name

_PREFIX = "STOREPACT_"

#: Variables that are no options; the last ones are those of exported files.
_FURTHER = re.compile(
    rf"{FILE_VARIABLE}|{TOKEN_VARIABLE}|{READER_VARIABLE}|STOREPACT_"
    r"(?:TRACEBACK|CLIENT_KEY_PASSPHRASE|AGAINST_(?:READER_)?TOKEN|MOCK_CONTROL|MOCK_TOKENS|STORE_PASSWORD"
    r"|[A-Z]+_SERVER|(?:EXHAUSTED|CONTENDED|ORPHANED)_TOKEN|SECRET_\d+)"
)

#: Names that a mistake is looked for in, beside those of options.
_FURTHER_NAMES = (FILE_VARIABLE, TOKEN_VARIABLE, READER_VARIABLE, "STOREPACT_STORE_PASSWORD")

#: How alike two names are without their prefix (0 to 1), so that one is taken for a misspelling of the other.
#: Teams give their own tokens names such as STOREPACT_STAGING_TOKEN.
_ALIKE, _ALIKE_TOKENS = 0.7, 0.85


def misspelt_variables(
    environment: Mapping[str, str], file: ConfigFile | None = None, words: Sequence[str] = ()
) -> Iterator[str]:
    """A line for each variable that belongs to no option; never its value.

    Left out are the variables that the file or the `words` of the command line name, and other tokens.
    """
    unknown = [
        name for name in sorted(environment) if name.startswith(_PREFIX) and not _FURTHER.fullmatch(name)
    ]
    if not unknown:
        return
    variables = known_variables()  # it reads the schema
    texts = [*words, *(_texts(file.table) if file is not None else ())]
    names = {name.removeprefix(_PREFIX): name for name in (*variables, *_FURTHER_NAMES)}
    for name in unknown:
        if name in variables or any(name in text for text in texts):
            continue
        is_token = is_secret_name(name)
        near = get_close_matches(
            name.removeprefix(_PREFIX).upper(), names, n=1, cutoff=_ALIKE_TOKENS if is_token else _ALIKE
        )
        if near:
            yield f"the variable {name} belongs to no option; did you mean {names[near[0]]}?"
        elif not is_token:
            yield f"the variable {name} belongs to no option; docs/configuration.md lists the variables"


def _texts(value: Toml) -> Iterator[str]:
    """The texts of a document, its keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)
