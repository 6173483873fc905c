"""What a place was and what it is now, in words, for every difference."""

from __future__ import annotations

from storepact.drift.rules import BOUNDS

#: Words where neither document has a text of its own, by the end of the rule's id.
_STATES = (
    ("-became-required", "optional", "required"),
    ("-became-optional", "required", "optional"),
    ("-deprecated", "in use", "deprecated"),
    ("-revived", "deprecated", "in use"),
    ("-object-opened", "only the described members", "further members as well"),
    ("-object-closed", "further members as well", "only the described members"),
    ("-alternatives-exclusive", "several alternatives may fit", "exactly one alternative must fit"),
    ("-alternatives-overlap", "exactly one alternative must fit", "several alternatives may fit"),
    ("-body-added-required", "no body", "a body that must be sent"),
    ("-body-added-optional", "no body", "a body that may be sent"),
    ("-body-added", "no body", "a body"),
    ("-body-removed", "a body", "no body"),
)

_UNIQUE = {"true": "unique elements", "false": "elements may be equal", "": "elements may be equal"}


def words(rule: str, ours: str, theirs: str) -> tuple[str, str]:
    """What our document says and what theirs does; `ours` and `theirs` are the texts of a difference."""
    if not ours and not theirs:
        for ending, before, after in _STATES:
            if rule.endswith(ending):
                return before, after
        return "", ""
    if "-unique-items-" in rule:
        return _UNIQUE.get(ours.lower(), ours), _UNIQUE.get(theirs.lower(), theirs)
    for keyword, (name, _) in BOUNDS.items():
        if f"-{name}-" in rule:
            return _limit(keyword, ours), _limit(keyword, theirs)
    absent = _absent(rule)
    return ours or absent, theirs or absent


def _limit(keyword: str, text: str) -> str:
    return f"{keyword} {text}" if text else f"no {keyword}"


def _absent(rule: str) -> str:
    """Nothing, in the words of a rule."""
    if "-enum-introduced" in rule or "-enum-lifted" in rule:
        return "any value"
    for name in ("pattern", "format", "default", "multiple-of", "discriminator"):
        if f"-{name}-" in rule:
            return f"no {name.replace('multiple-of', 'multipleOf')}"
    if rule.endswith(("-changed", "-text-changed")):
        return "nothing"
    return "not described"
