"""Checks by what users call them: a code or a name, in any letter case."""

from __future__ import annotations

from storepact.checks import CHECKS
from storepact.checks.evidence import Check
from storepact.model.errors import UnknownName

_BY_WORD = {word: check for check in CHECKS for word in (check.code.lower(), check.name)}


def find_check(word: str) -> Check:
    """Return the check with this code or name, such as SP605, sp605 or refused-changes-nothing.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    check = _BY_WORD.get("_".join(word.strip().lower().replace("-", " ").split()))
    if check is None:
        words = [name for check in CHECKS for name in (check.code, check.name)]
        raise UnknownName("check", word, words, list_with="storepact checks")
    return check
