"""Differences of two transcripts."""

from __future__ import annotations

import pytest

from storepact.run.fidelity import find_differences
from storepact.run.transcript import TranscriptStep, decode_link, replace_all, without_generated


def step(does="create A", status=201, **members):
    """Return a step of a create."""
    return TranscriptStep(does, "create", status, {f"/{name}": value for name, value in members.items()})


def where(mock, target):
    """Return place, mock's and target's value of each difference."""
    return [(row.where, row.mock, row.target) for row in find_differences(mock, target)]


def test_equal_transcripts_have_no_difference():
    """The same steps with the same values differ nowhere."""
    assert where({"renamed": [step(on="true")]}, {"renamed": [step(on="true")]}) == []


def test_other_value_is_a_difference():
    """A member with another value is a difference at its pointer."""
    mock, target = {"renamed": [step(on="true")]}, {"renamed": [step(on="false")]}
    assert where(mock, target) == [("create 201: /on", "true", "false")]


def test_missing_member_is_absent():
    """A member that one response lacks is `absent` there."""
    assert where({"renamed": [step()]}, {"renamed": [step(on="true")]}) == [
        ("create 201: /on", "absent", "true")
    ]


def test_other_status_hides_the_members():
    """Where the status differs the bodies are not compared."""
    mock, target = {"renamed": [step(status=404)]}, {"renamed": [step(status=400, on="true")]}
    assert where(mock, target) == [("create: status", "404", "400")]


def test_steps_are_aligned():
    """A step that only one target has is left out; the others are compared."""
    mock = {"renamed": [step("create A"), step("get A", 200), step("delete A", 204)]}
    target = {"renamed": [step("create A"), step("delete A", 200)]}
    assert where(mock, target) == [("create: status", "204", "200")]


def test_difference_is_listed_once():
    """The same difference in two stories is one row with both as examples."""
    mock = {"renamed": [step(on="true")], "deleted": [step(on="true")]}
    target = {"renamed": [step(on="false")], "deleted": [step(on="false")]}
    (row,) = find_differences(mock, target)
    assert (row.times, set(row.stories)) == (2, {"renamed", "deleted"})


def test_names_replace_ids():
    """Every key of the mapping is replaced."""
    assert replace_all("/redis/5f/5f", {"5f": "<A>"}) == "/redis/<A>/<A>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"storepact-2611272238-kzt9-17"', '"<run>-17"'),
        ('"/redis/127"', '"/redis/<A>"'),
        ('"/redis/127?x=1"', '"/redis/<A>?x=1"'),
        ('"127"', '"<A>"'),
        ("127", "127"),
        ('["x", "127"]', '["x", "<A>"]'),
        ('"1270"', '"1270"'),
        ('"redis/127.0.0.1"', '"redis/127.0.0.1"'),
    ],
)
def test_a_short_id_is_replaced_as_a_whole_only(text, expected):
    """Providers may number their resources: the digits are in times, versions and hosts, too."""
    assert replace_all(text, {"127": "<A>", "storepact-2611272238-kzt9": "<run>"}) == expected


@pytest.mark.parametrize(
    ("text", "sent", "expected"),
    [
        ("4ba36fd9-4299-41d2-8f6b-ff8c6ca8343e", (), "<UUID>"),
        ("4BA36FD9-4299-41D2-8F6B-FF8C6CA8343E", (), "<UUID>"),
        ("4ba36fd9-4299-41d2-8f6b-ff8c6ca8343e", (b"4ba36fd9-4299-41d2-8f6b-ff8c6ca8343e",), None),
        ("x 4ba36fd9-4299-41d2-8f6b-ff8c6ca8343e", (), None),
        ("\ud800", (), None),
    ],
)
def test_a_generated_uuid_is_no_value_to_compare(text, sent, expected):
    """One that was sent has to be kept; one that the provider has made is another one each time."""
    assert without_generated(text, sent) == (expected or text)


@pytest.mark.parametrize("link", ["/redis/bss%3A1~%28%C3%A9", "/redis/bss:1~(é", "/redis/bss%3a1%7E(%c3%a9"])
def test_ids_are_found_in_links_however_they_are_escaped(link):
    """Two releases with ids of other forms differ in no link."""
    assert replace_all(decode_link(link), {"bss:1~(é": "<A>"}) == "/redis/<A>"


def test_link_that_is_no_text():
    """It is compared as it is."""
    assert decode_link(None) is None
