"""Lists of accounts with thousands of resources: own ones are kept, others' are a sample, in turn."""

from __future__ import annotations

import json
import random
import re

import pytest

from storepact.families import DEFAULT_FAMILY
from storepact.transport.lists import LARGE_LIST, Lists, TooManyResources
from storepact.transport.parsed_lists import ListParser

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
    for _ in range(40):
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


#: What is put into a list in place of some bytes: resources, parts of JSON, and what is none.
PARTS = [
    *(json.dumps(resource(*words)).encode() for words in ((9_000, MARK), (9_001, "new"), (3, "changed"))),
    *(b"," + json.dumps(resource(9_002, name)).encode() for name in (MARK, "new")),
    b"", b"{}", b"{", b"}", b"[", b"]", b",", b'"', b" ", b"0", b"null", b"]}", b"\\", b"\xff",
    b'],"items":[',
]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_judged", [True, False])
def test_a_list_that_was_changed_is_read_as_if_it_were_the_first(monkeypatch, seed, *, is_judged):
    """Only the part that differs is parsed; whatever differs, that makes no difference."""
    monkeypatch.setattr("storepact.transport.lists.LARGE_LIST", 1_000)
    monkeypatch.setattr("storepact.transport.lists._SAMPLE", 5)
    choices = random.Random(seed)
    beside = choices.choice([b"", b'{"copy": [' + json.dumps(OTHERS[0]).encode() + b"], ", b'{"n": "]", '])
    listed = [*OTHERS[:8], resource(8_000, MARK), *OTHERS[8:16]]
    body = body_of(listed)
    body = body if not beside else beside + body[1:]
    parser = ListParser(DEFAULT_FAMILY.api)
    parser.keep(parser.parse(body))
    places = [match.end() for match in re.finditer(rb"[{}\[\],]", body)]
    partly = 0
    for _ in range(100):
        start = choices.choice([choices.randrange(len(body)), choices.choice(places)])
        end = min(len(body), choices.choice([start, start, start + 1, choices.choice(places)]))
        changed = body[:start] + choices.choice(PARTS) + body[max(start, end) :]
        if choices.random() < 0.5:
            first = choices.randrange(len(listed) + 1)
            new = choices.sample([resource(9_000, MARK), resource(9_001, "new"), listed[0]], 2)
            edited = [*listed[:first], *new, *listed[first + choices.randrange(4) :]]
            changed = body.replace(body_of(listed)[1:], body_of(edited)[1:])
        partly += parser.parse_change(changed) is not None
        lists, others = Lists(DEFAULT_FAMILY.api), Lists(DEFAULT_FAMILY.api)
        lists.shorten(body, is_judged=is_judged)
        others.shorten(body, is_judged=is_judged)
        others._parser = ListParser(DEFAULT_FAMILY.api)
        expected = others.shorten(changed, is_judged=is_judged)
        assert lists.shorten(changed, is_judged=is_judged) == expected, changed
    assert partly > 20 or b"copy" in beside  # where the same bytes are found elsewhere, all is parsed


def test_a_list_with_too_many_resources_is_refused_again(monkeypatch):
    """Each time: it is not one that later ones are compared with."""
    monkeypatch.setattr("storepact.transport.lists._MOST_RESOURCES", 1_000)
    lists, body = Lists(DEFAULT_FAMILY.api), body_of(OTHERS)
    for _ in range(2):
        with pytest.raises(TooManyResources):
            lists.shorten(body, is_judged=True)


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
