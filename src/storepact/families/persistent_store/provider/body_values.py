"""What the rules for a body read of it, and the bounds that they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from storepact.families.persistent_store.provider.choices import Choices
from storepact.model.tree import Json

#: A rule reads (body, kind, choices) and returns what is wrong, beginning with the member; None if nothing.
Rule = Callable[[Json, str, Choices], str | None]


Rules = Mapping[str, Rule]


#: By the choice `bounds`: characters of a name, number of tags, characters of a tag, those of a setting.
BOUNDS = {"wide": (256, 50, 64, 1_000), "narrow": (64, 5, 32, 256), "none": (10**9, 10**9, 10**9, 10**9)}


def config_of(body: Json) -> Mapping[str, Json]:
    """The config of a body; empty where it has none."""
    config = body.get("config") if isinstance(body, dict) else None
    return config if isinstance(config, dict) else {}


def member_of(body: Json, name: str, default: Json = None) -> Json:
    """A member of a body, or the default."""
    return body.get(name, default) if isinstance(body, dict) else default


def tags_of(body: Json) -> list[Json]:
    """The tags of a body; empty where they are no array."""
    tags = member_of(body, "tags")
    return tags if isinstance(tags, list) else []


def first(matches: Iterable[Json]) -> Json:
    """The first of several values; None where there are none."""
    return next(iter(matches), None)


def texts_in(body: Json, member: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string of a body, keys included, with the member that it is in."""
    if isinstance(body, str):
        yield member or "the body", body
    elif isinstance(body, dict):
        for name, value in body.items():
            yield from texts_in(value, f"{member}.{name[:60]}".lstrip("."))
            yield member or "the body", name
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from texts_in(value, f"{member}.{index}".lstrip("."))
