"""Lists of accounts with thousands of resources: own ones are kept, others' are a sample, in turn."""

from __future__ import annotations

import json

import pytest

from storepact.families import DEFAULT_FAMILY
from storepact.transport.lists import LARGE_LIST, Lists, TooManyResources

MARK = "storepact-2611270415-k7f3"


def resource(number: int, name: str = "cache", **members: object) -> dict[str, object]:
    """A resource of some hundred bytes."""
    places = {"projectKey": "default", "environmentKey": "test", "integrationKey": "redis"}
    return {"_id": f"{number:024x}", **places, "name": name, "tags": ["x" * 300], **members}


def body_of(resources: list[dict[str, object]]) -> bytes:
    """The body of a list."""
    return json.dumps({"_links": {"self": {"href": "/"}}, "items": resources}).encode()


OTHERS = [resource(number) for number in range(4_000)]


def ids_in(body: bytes) -> set[str]:
    """The ids in the body of a list."""
    return {item["_id"] for item in json.loads(body)["items"]}


def test_a_small_list_stays_as_it_is() -> None:
    """Below a megabyte nothing is left out, and nobody's resources are remembered."""
    lists, body = Lists(DEFAULT_FAMILY.api), body_of(OTHERS[:1_000])
    assert lists.shorten(body, is_judged=True) is body
    assert lists.foreign is None
    assert lists.stride == 1


def test_others_are_judged_in_turn() -> None:
    """Each list that is judged keeps other ones of them, as they were sent; in the end all were kept."""
    lists, body = Lists(DEFAULT_FAMILY.api), body_of(OTHERS)
    kept: set[str] = set()
    for _ in range(20):
        shortened = lists.shorten(body, is_judged=True)
        assert len(shortened) < LARGE_LIST
        assert all(item in OTHERS for item in json.loads(shortened)["items"])
        kept |= ids_in(shortened)
    assert kept == ids_in(body)


def test_a_list_that_is_not_judged_has_the_id_and_place_of_all() -> None:
    """What looks for resources, counts them and compares their places needs no more."""
    shortened = Lists(DEFAULT_FAMILY.api).shorten(body_of(OTHERS), is_judged=False)
    items = json.loads(shortened)["items"]
    assert [item["_id"] for item in items] == [item["_id"] for item in OTHERS]
    assert items[0] == {name: OTHERS[0][name] for name in items[0]}
    assert set(items[0]) == {"_id", "projectKey", "environmentKey", "integrationKey"}


@pytest.mark.parametrize("is_judged", [True, False])
def test_marked_and_new_resources_are_kept_whole(*, is_judged: bool) -> None:
    """The run's own, those of other runs, and those that came later are kept with all their members."""
    lists = Lists(DEFAULT_FAMILY.api)
    lists.shorten(body_of([*OTHERS, resource(8_000, MARK)]), is_judged=is_judged)
    own, former, new = resource(9_000, MARK), resource(8_000, MARK), resource(9_001, "new")
    items = json.loads(lists.shorten(body_of([*OTHERS, own, former, new]), is_judged=is_judged))["items"]
    assert all(item in items for item in (own, former, new))


def test_others_that_change_at_every_read_stay_others() -> None:
    """A status with the time of the last sync differs in every list; the id says whose it is."""
    lists = Lists(DEFAULT_FAMILY.api)
    lists.shorten(body_of(OTHERS), is_judged=True)
    changed = [{**item, "_status": {"lastSync": 17}} for item in OTHERS]
    assert len(ids_in(lists.shorten(body_of(changed), is_judged=True))) <= 200


def test_many_new_resources_without_a_mark_are_left_out() -> None:
    """A neighbour that creates thousands of resources during the run does not fill its memory."""
    lists = Lists(DEFAULT_FAMILY.api)
    lists.shorten(body_of(OTHERS), is_judged=True)
    later = [resource(10_000 + number, "y" * 2_000) for number in range(8_000)]
    assert len(lists.shorten(body_of([*OTHERS, *later]), is_judged=True)) < 10 * LARGE_LIST


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 2_000_000,
        b'{"items": {}}' + b" " * LARGE_LIST,
        b'{"items": [1, 2]}' + b" " * LARGE_LIST,
        b'{"items": [{}]}' + b" " * LARGE_LIST,
        b'{"items": [{"_id": 1}]}' + b" " * LARGE_LIST,
        b'{"items": NaN}' + b" " * LARGE_LIST,
        b'{"other": []}' + b" " * LARGE_LIST,
        b"\xff" * 2_000_000,
        b'{"items": [], "items": 1' + b" " * LARGE_LIST,
    ],
)
def test_what_is_no_list_stays_as_it_is(body: bytes) -> None:
    """The checks judge it; its size is bounded as that of any other body."""
    assert Lists(DEFAULT_FAMILY.api).shorten(body, is_judged=True) is body


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [' + b"[]," * 4_000_000 + b"[]]}",
        b'{"items": [' + b"{}," * 2_000_000 + b"{}]}",
        b"{" + b",".join(b'"m%d":1' % number for number in range(500_000)) + b',"items": []}',
    ],
)
def test_a_list_of_millions_is_not_read(body: bytes) -> None:
    """Each value that is set apart takes some fifty bytes, so that 12 MB would need hundreds."""
    with pytest.raises(TooManyResources):
        Lists(DEFAULT_FAMILY.api).shorten(body, is_judged=True)


def test_large_lists_are_checked_now_and_then() -> None:
    """All checks of one run together read some 128 MiB."""
    lists = Lists(DEFAULT_FAMILY.api)
    lists.latest = 27_000_000
    assert lists.stride == 31
