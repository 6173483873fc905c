"""Crowds: groups of findings that have too much in common to be as many causes."""

from __future__ import annotations

from collections.abc import Hashable

from storepact.record.signs import PATH, Group

#: So many groups of one kind that show in the same places are no accident.
CROWD = 3


def crowd(group: Group) -> tuple[int, Hashable] | None:
    """What makes a group one of a crowd, and how many of them have to have it in common to be one cause. None: it stands alone."""
    if group.kind == "member" and group.subject[1] not in ("", "/"):
        flaws = {each.flaw for each in group.signs if each.code in ("SP104", "SP105")}
        above = group.subject[1].rpartition("/")[0]
        places = frozenset((each.operation, each.words[0]) for each in group.signs if each.code in ("SP104", "SP105"))
        if len(flaws) != 1:
            return None
        described = {str(each.finding["pointer"]) for each in group.signs if each.code == "SP104"}
        if len(described) == 1 and flaws.isdisjoint({"missing", "new"}):  # members that one schema describes
            return 2, ("schema", above, *flaws, *described)
        return CROWD, ("member", above, *flaws, places)
    if group.kind == "takes" and group.subject[2].startswith("/") and all(each.words[-1] == "required" for each in group.signs):
        return CROWD, ("required", group.subject[2].rpartition("/")[0], group.operations)
    if group.kind == "media" and group.subject[1] != "errors" and group.codes & {"SP103"}:
        return CROWD, ("media", *sorted({each.message for each in group.signs if each.code == "SP103"}))
    aims = group.kind == "takes" and group.subject[2] in PATH
    if aims or group.subject in (("SP604", "gone"), ("SP302", "scope")):
        return CROWD, ("path", group.operations)
    return None
