"""Checks by what users call them: a code or a name, in any letter case."""

from __future__ import annotations

import re

from storepact.checks import CHECKS
from storepact.checks.evidence import Check
from storepact.model.errors import UnknownName

#: How a code begins; its number alone is taken for one.
_CODE = re.compile(r"sp[\dOoIl]|\d", re.IGNORECASE)

_BY_WORD = {word: check for check in CHECKS for word in (check.code.lower(), check.name)}


def find_check(word: str) -> Check:
    """Return the check with this code or name, such as SP605, sp605 or refused-changes-nothing.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    check = _BY_WORD.get("_".join(word.strip().lower().replace("-", " ").split()))
    if check is None:
        is_code = bool(_CODE.match(word.strip()))
        names = [check.code if is_code else check.name for check in CHECKS]
        raise UnknownName("check", word.strip(), names, list_with="storepact checks")
    return check
