"""Compare a shown integration with its prediction, and learn what the provider was free to choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from storepact.families.persistent_store.api import environment_of, project_of
from storepact.families.persistent_store.oracle.config_members import DEFAULTS, GENERATED, SECRET
from storepact.families.persistent_store.oracle.world import UNKNOWN, Integration, Secret
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.json_types import json_type


class Phrase(str):
    """A description that takes the place of a value in a difference."""

    __slots__ = ()


ABSENT = Phrase("absent")

#: How a secret is shown, where it was shown in another way before.
_NOT_SHOWN = Phrase("now it is empty or absent")
_REDACTED_DIFFERENTLY = Phrase("now it is redacted in another way")
_SHOWN_NEWLY = Phrase("before, nothing was shown")


@lean_value(frozen=True)
class View:
    """One integration as a response shows it.

    `place` is `write` (the response of a create or update), `get` or `list`; `forms` is how each secret is
    shown, by the name of its member in config: a digest of the redacted text, empty if that is empty.
    """

    item: Mapping[str, Json]
    place: str
    forms: Mapping[str, str]

    @classmethod
    def of(cls, item: Mapping[str, Json], place: str, exchange: Exchange, pointer: str = "") -> View:
        """The view of the integration at a JSON pointer of the response."""
        return cls(item, place, exchange.forms_by_object.get(f"{pointer}/config", {}))

    @property
    def config(self) -> Mapping[str, Json] | None:
        """The config that is shown, if it is an object."""
        config = self.item.get("config")
        return config if isinstance(config, dict) else None


@lean_value(frozen=True)
class Difference:
    """One member that is not shown as predicted. `member` is a pointer within the integration."""

    member: str
    flaw: FlawKind
    expected: Json
    actual: Json

    @property
    def shown_flaw(self) -> FlawKind:
        """The flaw as a finding reports it: a missing member, or one of another type, comes first."""
        if self.actual is ABSENT or self.actual is _NOT_SHOWN:
            return FlawKind.MISSING
        if self.actual is _SHOWN_NEWLY:
            return FlawKind.EXTRA
        expected, actual = _types(self.expected), _types(self.actual)
        elements = (set(expected[1:]), set(actual[1:]))
        if expected[0] != actual[0] or (all(elements) and elements[0].isdisjoint(elements[1])):
            return FlawKind.TYPE
        return self.flaw

    @property
    def name(self) -> str:
        """The member without its leading slash, as `Integration` and its `unconfirmed` call it."""
        return self.member.removeprefix("/")


def _types(value: Json) -> list[str]:
    """The JSON type of a value, and those of its elements; a description counts as text."""
    if isinstance(value, Phrase):
        return ["string"]
    return [json_type(value), *(map(json_type, value) if isinstance(value, list) else ())]


def shown_value(integration: Integration, name: str) -> Json:
    """The value with which a member must be shown: `ABSENT` for a member of config that has none."""
    if name.startswith("config/"):
        key = name.removeprefix("config/")
        return integration.config.get(key, integration.provider_values.get(key, ABSENT))
    value = getattr(integration, {"_id": "id"}.get(name, name), None)
    return list(value) if isinstance(value, tuple) else value


def compare(expected: Integration, view: View) -> Iterator[Difference]:
    """Yield every member that differs; missing members and wrong types are left to the schema checks."""
    item = view.item
    yield from _compare_keys(expected, item)
    if isinstance(item.get("name"), str) and expected.name is not UNKNOWN and item["name"] != expected.name:
        yield Difference("/name", FlawKind.VALUE, expected.name, item["name"])
    if isinstance(item.get("on"), bool) and item["on"] is not expected.on:
        written = "on" in expected.unconfirmed or expected.on
        yield Difference("/on", FlawKind.VALUE if written else FlawKind.DEFAULT, expected.on, item["on"])
    if isinstance(item.get("tags"), list) and item["tags"] != list(expected.tags):
        flaw = FlawKind.VALUE if expected.tags else FlawKind.DEFAULT
        yield Difference("/tags", flaw, list(expected.tags), item["tags"])
    if view.config is not None:
        yield from _compare_config(expected, view, view.config)
    version = item.get("version")
    if type(version) is int and version != expected.version:
        yield Difference("/version", FlawKind.VERSION, expected.version, version)


def _compare_keys(expected: Integration, item: Mapping[str, Json]) -> Iterator[Difference]:
    for member, value in (
        ("_id", expected.id),
        ("integrationKey", expected.kind),
        ("projectKey", project_of(expected.scope)),
        ("environmentKey", environment_of(expected.scope)),
    ):
        actual = item.get(member)
        if actual == value or not isinstance(actual, str):
            continue
        if actual != expected.reported_keys.get(member):
            yield Difference(f"/{member}", FlawKind.IDENTITY, value, actual)


def _compare_config(expected: Integration, view: View, config: Mapping[str, Json]) -> Iterator[Difference]:
    for name, default in DEFAULTS[expected.kind].items():
        if name == SECRET:
            yield from _compare_secret(expected, view, config)
        elif name in expected.config:
            must_stand = view.place == "get" and name not in expected.defaulted
            yield from _compare_with_write(name, expected.config[name], config, must_stand=must_stand)
        elif name in config:
            yield from _compare_with_default(name, default, expected, config[name])


def _compare_with_write(
    name: str, value: Json, config: Mapping[str, Json], *, must_stand: bool
) -> Iterator[Difference]:
    if name in config:
        if config[name] != value and type(config[name]) is type(value):
            yield Difference(f"/config/{name}", FlawKind.VALUE, value, config[name])
    elif must_stand:  # only a get has to show config whole
        yield Difference(f"/config/{name}", FlawKind.VALUE, value, ABSENT)


def _compare_with_default(
    name: str, default: Json, expected: Integration, actual: Json
) -> Iterator[Difference]:
    first = expected.provider_values.get(name, actual)
    is_default = actual == default or (default is not None and type(actual) is not type(default))
    if name not in GENERATED and not is_default:
        yield Difference(f"/config/{name}", FlawKind.DEFAULT, ABSENT if default is None else default, actual)
    elif actual != first and type(actual) is type(first):
        yield Difference(f"/config/{name}", FlawKind.VALUE, first, actual)


def _compare_secret(expected: Integration, view: View, config: Mapping[str, Json]) -> Iterator[Difference]:
    """A secret is redacted or left out, but always in the same way as long as it is the same secret (D28)."""
    first = expected.secret_forms.get((view.place, SECRET))
    if not isinstance(expected.config.get(SECRET), Secret) or first is None:
        return
    form = view.forms.get(SECRET, "")
    if form == first or (SECRET not in config and view.place != "get"):
        return
    actual = _NOT_SHOWN if not form else _REDACTED_DIFFERENTLY if first else _SHOWN_NEWLY
    yield Difference(f"/config/{SECRET}", FlawKind.REDACTION, Phrase("as it was shown before"), actual)


def _shows_nothing_new(expected: Integration, view: View, config: Mapping[str, Json]) -> bool:
    """Whether a view confirms only what is known: most of them do."""
    is_read = view.place == "get"
    return (
        expected.name is not UNKNOWN
        and not expected.unconfirmed
        and all(
            name in expected.config or name in expected.provider_values or name == SECRET for name in config
        )
        and (
            SECRET not in expected.config
            or (SECRET not in config and not is_read)
            or (view.place, SECRET) in expected.secret_forms
        )
        and (
            view.config is not None and expected.was_read and expected.absent == _hidden(expected, config)
            if is_read
            else expected.absent.isdisjoint(config)
        )
    )


def _hidden(expected: Integration, config: Mapping[str, Json]) -> Set[str]:
    """The members of config that were not written and that a get does not show."""
    return DEFAULTS[expected.kind].keys() - expected.config.keys() - config.keys() - {SECRET}


def learn(expected: Integration, view: View) -> Integration:
    """Add to an integration what a view shows: provider's values, forms of secrets, confirmed members."""
    item, config, is_read = view.item, view.config or {}, view.place == "get"
    if _shows_nothing_new(expected, view, config):
        is_calm = not is_read or not (expected.events or expected.refused_values)
        return expected if is_calm else expected.with_(events=(), refused_values=())
    values = dict(expected.provider_values)
    for name, value in config.items():
        if name not in expected.config and name != SECRET:
            values.setdefault(name, value)
    forms = dict(expected.secret_forms)
    if view.config is not None and SECRET in expected.config and (SECRET in config or view.place == "get"):
        forms.setdefault((view.place, SECRET), view.forms.get(SECRET, ""))
    confirmed = {name for name in ("on", "name", "tags") if name in item} | {
        f"config/{name}" for name in config
    }
    changes: dict[str, Json] = {
        "absent": frozenset(_hidden(expected, config))
        if is_read and view.config is not None
        else expected.absent - config.keys(),
        "provider_values": values,
        "secret_forms": forms,
        "unconfirmed": expected.unconfirmed - confirmed,
        "name": item.get("name", UNKNOWN) if expected.name is UNKNOWN else expected.name,
        "was_read": expected.was_read or is_read,
        "events": () if is_read else expected.events,
        "refused_values": () if is_read else expected.refused_values,
    }
    is_new = any(value != getattr(expected, name) for name, value in changes.items())
    return expected.with_(**changes) if is_new else expected


def adopt(expected: Integration, differences: list[Difference]) -> Integration:
    """The integration with the values that the provider has shown instead of the predicted ones."""
    config, values = dict(expected.config), dict(expected.provider_values)
    keys, changes = dict(expected.reported_keys), dict[str, Json]()
    for difference in differences:
        if difference.flaw is FlawKind.IDENTITY:
            keys[difference.name] = difference.actual
        elif difference.name.startswith("config/"):
            name = difference.name.removeprefix("config/")
            (config if name in config else values)[name] = difference.actual
        elif difference.name == "tags":
            changes["tags"] = tuple(difference.actual)
        else:
            changes[difference.name] = difference.actual
    return expected.with_(config=config, provider_values=values, reported_keys=keys, **changes)
