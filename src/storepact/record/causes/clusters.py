"""Crowds: groups of findings that have too much in common to be as many causes."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from storepact.record.causes.subjects import PATH, Group

#: So many groups of one kind that show in the same places are no accident.
CROWD = 3

_MEMBER = ("SP104", "SP105")


def _of_one_schema(group: Group) -> Hashable:
    """Members of one object that one schema describes, and that are wrong in one way."""
    flaws, above = _flaws(group)
    described = {str(sign.finding["pointer"]) for sign in group.signs if sign.code == "SP104"}
    same = len(flaws) == len(described) == 1 and flaws.isdisjoint({"missing", "new"})
    return ("schema", above, *flaws, *described) if same else None


def _of_one_object(group: Group) -> Hashable:
    """Members of one object that are wrong in one way, in the same answers."""
    flaws, above = _flaws(group)
    places = frozenset((sign.operation, sign.words[0]) for sign in group.signs if sign.code in _MEMBER)
    return ("member", above, *flaws, places) if len(flaws) == 1 else None


def _flaws(group: Group) -> tuple[set[str], str]:
    """In which ways a member is wrong, and the object that it is in; none where it is not about a member."""
    if group.kind != "member" or group.subject[1] in ("", "/"):
        return set(), ""
    return {sign.flaw for sign in group.signs if sign.code in _MEMBER}, group.subject[1].rpartition("/")[0]


def _of_one_request(group: Group) -> Hashable:
    """Members of one object that may be left out though they may not."""
    if (
        group.kind != "takes"
        or not group.subject[2].startswith("/")
        or any(sign.words[-1] != "required" for sign in group.signs)
    ):
        return None
    return "required", group.subject[2].rpartition("/")[0], group.operations


def _of_one_aim(group: Group) -> Hashable:
    """What one operation takes, wherever it is aimed."""
    aims = group.kind == "takes" and group.subject[2] in PATH
    return (
        ("path", group.operations)
        if aims or group.subject in (("SP604", "gone"), ("SP302", "scope"))
        else None
    )


def _of_any_aim(group: Group) -> Hashable:
    """What three operations take, wherever they are aimed."""
    return "any path" if _of_one_aim(group) is not None else None


def _of_one_type(group: Group) -> Hashable:
    """Successes of several operations with the same wrong content type."""
    if group.kind != "media" or group.subject[1] == "errors" or "SP103" not in group.codes:
        return None
    return ("media", *sorted({sign.message for sign in group.signs if sign.code == "SP103"}))


#: What a group has in common with others (None: nothing), how many of them are one cause, and whether their operations are counted.
CROWDS: tuple[tuple[Callable[[Group], Hashable], int, bool], ...] = (
    (_of_one_schema, 2, False),
    (_of_one_object, CROWD, False),
    (_of_one_request, CROWD, False),
    (_of_one_aim, CROWD, False),
    (_of_any_aim, CROWD, True),
    (_of_one_type, CROWD, False),
)
