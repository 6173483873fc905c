"""Which decisions stand behind a finding: those about its member, and those behind the rule of its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def decisions_behind(
    by_check: Sequence[str], by_member: Mapping[str, Sequence[str]], member: str
) -> tuple[str, ...]:
    """The D-numbers behind a finding about a member, the nearest first.

    `by_check` are the decisions behind the rule of its check; `by_member` has the members (JSON pointers
    within a resource) that a decision is about. Such a decision stands behind findings about these members
    or what they hold, and behind no others.
    """
    near = [name for name, members in by_member.items() if _is_within(member, members)]
    near.sort(key=lambda name: -max(map(len, by_member[name])))
    return tuple(dict.fromkeys((*near, *(name for name in by_check if name not in by_member))))


def _is_within(member: str, pointers: Sequence[str]) -> bool:
    return any(f"{member}/".startswith(f"{pointer}/") for pointer in pointers)
