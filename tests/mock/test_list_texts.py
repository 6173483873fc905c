"""The text of a list is kept as long as nothing has changed, whoever changes it."""

from __future__ import annotations

import pytest

from mock_service import HOST, Mock

_RENAME = [{"op": "replace", "path": "/name", "value": "another"}]


def _plain(mock, **how):
    """The list as a mock renders it that keeps no texts."""
    mock.provider.keeps_texts = False
    try:
        return mock.send("GET", **how).body
    finally:
        mock.provider.keeps_texts = True


@pytest.mark.parametrize("choices", [{}, {"list_order": "newest-first", "access": "present"}])
@pytest.mark.parametrize("in_file", [False, True])
def test_a_list_shows_every_change(choices, in_file, tmp_path):
    """Of creates, updates, refused ones and deletes; a reader's list is another one."""
    mock = Mock(data=tmp_path / "mock.db" if in_file else None, **choices)

    def assert_current():
        for token in ("writer", "reader", "writer"):
            assert mock.send("GET", token=token).body == _plain(mock, token=token)

    assert_current()
    paths = [mock.create(name=f"n{number}") for number in range(3)]
    assert_current()
    assert mock.send("PATCH", paths[1], _RENAME).status == 200
    assert_current()
    assert mock.send("PATCH", paths[1], b"[").status == 400
    assert mock.send("DELETE", paths[0]).status == 204
    assert_current()
    mock.provider.clear()
    assert mock.send("GET").body["items"] == []
    assert mock.create()
    assert_current()


def test_a_list_shows_what_another_process_has_changed(tmp_path):
    """Two mocks with one file."""
    first, second = (Mock(data=tmp_path / "mock.db") for _ in range(2))
    path = first.create(name="a")
    assert [item["name"] for item in second.send("GET").body["items"]] == ["a"]
    assert first.send("PATCH", path, _RENAME).status == 200
    assert [item["name"] for item in second.send("GET").body["items"]] == ["another"]
    assert first.send("DELETE", path).status == 204
    assert second.send("GET").body["items"] == []


def test_an_environment_for_one_refuses_the_second():
    """The only create that reads before it writes."""
    mock = Mock(several="one")
    mock.create()
    assert mock.send("POST", "/default/test/redis", {"config": HOST}).status == 409
    assert len(mock.send("GET").body["items"]) == 1
