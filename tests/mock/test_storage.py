"""What the mock keeps in memory is kept as in a file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storepact.families.persistent_store.provider.file_storage import FileStorage
from storepact.families.persistent_store.provider.resource import Integration
from storepact.families.persistent_store.provider.storage import MemoryStorage

FIRST = Integration(
    "a1", "default", "test", "redis", {"host": "x", "on": [1.5, None]}, True, "é", ("t",), 1, 7
)
SECOND = replace(FIRST, id="b2", kind="dynamodb", environment="production")


@pytest.fixture(params=["memory", "file"])
def storage(request, tmp_path):
    """An empty storage."""
    return MemoryStorage() if request.param == "memory" else FileStorage(tmp_path / "mock.db")


def test_order_and_places(storage):
    """A replaced one keeps its place in the list and in the API; one that is not there stays so."""
    storage.add(FIRST)
    storage.add(SECOND)
    storage.replace(replace(FIRST, name="new", version=2, project="sandbox"))
    storage.replace(replace(FIRST, id="c3"))
    assert list(storage.all()) == [replace(FIRST, name="new", version=2), SECOND]
    storage.remove("a1")
    storage.remove("a1")
    assert (storage.get("a1"), storage.get("b2")) == (None, SECOND)


def test_an_id_is_used_once(storage):
    """A second one with the same id is an error."""
    storage.add(FIRST)
    with pytest.raises((ValueError, *storage.failures)):
        storage.add(FIRST)


def test_the_state_changes_with_every_change(storage):
    """What reads nothing new may be kept."""
    states = [storage.state()]
    for change in (
        lambda: storage.add(FIRST),
        lambda: storage.replace(replace(FIRST, on=False)),
        lambda: storage.remove("a1"),
    ):
        change()
        states.append(storage.state())
    assert len(set(states)) == 4
    storage.get("a1"), list(storage.all())
    assert storage.state() == states[-1]


def test_what_an_environment_has(storage):
    """With or without a kind."""
    storage.add(FIRST)
    assert storage.has_any("default", "test", None)
    assert storage.has_any("default", "test", "redis")
    assert not storage.has_any("default", "test", "dynamodb")
    assert not storage.has_any("default", "production", None)


def test_patches(storage):
    """Patches of memberships are kept in their order; clearing forgets them and their book."""
    assert [storage.book_id("x"), storage.book_id("y")] == ["x", "x"]
    with storage.transaction():
        storage.add_patch("default", "test", "1")
        storage.add_patch("default", "test", "2")
    assert [body for *_, body in storage.patches()] == ["1", "2"]
    storage.clear()
    assert (list(storage.patches()), storage.book_id("z")) == ([], "z")
