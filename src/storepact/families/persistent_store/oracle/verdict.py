"""An answer beside its prediction: where they part, by which rule, and the world afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from storepact.engines.family import Action
from storepact.families.persistent_store.oracle.config_members import DEFAULTS, GENERATED, SECRET
from storepact.families.persistent_store.oracle.prediction import Prediction
from storepact.families.persistent_store.oracle.world import UNKNOWN, Happened, Known, Secret, World
from storepact.model.exchange import Exchange
from storepact.model.expectation import Promise
from storepact.model.story import Divergence


class Words(str):
    """Something said of a value, where there is none to be shown."""

    __slots__ = ()


ABSENT = Words("absent")

Judgement = tuple[World, tuple[Divergence, ...]]


@dataclass(frozen=True)
class Difference:
    """One member that is shown otherwise than it must be. `kind`: value, default, identity, version or secret."""

    member: str
    kind: str
    expected: Any
    actual: Any
    note: str = ""


def judge(world: World, act: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    """Compare an answer, whole, with what was predicted."""
    status = exchange.response.status
    if not 200 <= status < 300:
        return _refused(world, act), tuple(_lost(world, act, prediction, status))
    if prediction.expectation.promise is Promise.REFUSE:
        return world, ()  # it should have been refused: what it has led to cannot be told
    match act.role:
        case "create":
            return _create(world, act, prediction, exchange)
        case "update":
            return _update(world, act, prediction, exchange)
        case "delete":
            gone = world.without(act.id or "")
            return _beside(gone, act), ()
        case "get":
            return _get(world, act, exchange)
        case "list":
            return _list(world, exchange)
    return world, ()


def _lost(world: World, act: Action, prediction: Prediction, status: int) -> Iterator[Divergence]:
    """A get of something that lives is answered with 404: what has happened in between says whose fault that is."""
    known = world.living.get(act.id or "")
    if (
        act.role == "get"
        and status == 404
        and known is not None
        and prediction.expectation.promise is Promise.ACCEPT
    ):
        rule = _blamed(known.happened)
        yield Divergence(rule, "", f"it is not found any more{_because(rule, known)}", "200", "404", "gone")


def _refused(world: World, act: Action) -> World:
    """Nothing may have changed; whatever is seen of it from now on has to show that."""
    if act.role == "create":
        return replace(world, refused_marks=world.refused_marks | ({act.mark} if act.mark else frozenset()))
    known = world.living.get(act.id or "")
    if act.role in ("update", "delete") and known is not None:
        here = known.scope == act.scope and known.kind == act.kind
        world = world.with_event(Happened.REFUSED if here else Happened.ELSEWHERE, frozenset({known.id}))
        told = world.living[known.id]
        return world.with_known(told.with_(wanted=(*told.wanted, *_wanted(act.body)))) if here else world
    return world


def _wanted(body: Any) -> Iterator[tuple[str, Any]]:
    """What the operations of a patch would set, member by member."""
    operations = body.get("patch") if isinstance(body, Mapping) else body
    for operation in operations if isinstance(operations, list) else ():
        if (
            isinstance(operation, Mapping)
            and isinstance(operation.get("path"), str)
            and operation.get("op") != "test"
        ):
            member, value = operation["path"].removeprefix("/"), operation.get("value")
            if member == "config" and isinstance(value, Mapping):
                yield from ((f"config/{name}", one) for name, one in value.items())
            else:
                yield ("tags" if member.startswith("tags/") else member), value


def _explained(difference: Difference, known: Known) -> bool:
    """Whether a refused update wanted just what is shown."""
    member, shown = difference.member.removeprefix("/"), difference.actual
    values = [value for name, value in known.wanted if name == member]
    return shown in values or (
        isinstance(shown, list) and any(value in shown for value in values if isinstance(value, str))
    )


def _create(world: World, act: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    item, after = exchange.response.json, prediction.after
    identifier = item.get("_id") if isinstance(item, Mapping) else None
    if not isinstance(identifier, str) or after is None:
        return world, ()
    found: list[Divergence] = []
    if identifier in world.living or identifier in world.gone or identifier in world.foreign:
        whose = (
            "lives"
            if identifier in world.living
            else "was deleted"
            if identifier in world.gone
            else "was there before"
        )
        found.append(
            Divergence(
                "identity_is_its_own",
                "/_id",
                f"the new integration has the id of one that {whose}",
                "a new id",
            )
        )
    new = after.with_(id=identifier)
    new, told = _looked(new, item, "write", _forms(exchange, "/config/"), "create", after)
    world = _beside(world, act)
    world = replace(world, marks=world.marks | ({act.mark} if act.mark else frozenset()))
    return world.with_known(new), (*found, *told)


def _update(world: World, act: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    known, item = world.living.get(act.id or ""), exchange.response.json
    if known is None:
        return world, ()
    world = _beside(world, act)
    if prediction.after is None or not isinstance(
        item, Mapping
    ):  # accepted, and what it led to cannot be told: it is as good as somebody else's
        rest = {name: each for name, each in world.living.items() if name != known.id}
        return replace(world, living=rest, foreign=world.foreign | {known.id}), ()
    version = item.get("version")
    possible = [known.version + each for each in prediction.counted]
    after = prediction.after.with_(
        version=version if version in possible else possible[-1], happened=(*known.happened, Happened.WRITTEN)
    )
    after, told = _looked(after, item, "write", _forms(exchange, "/config/"), "update", known)
    return world.with_known(after.with_(happened=(Happened.WRITTEN,), wanted=())), told


def _get(world: World, act: Action, exchange: Exchange) -> Judgement:
    known, item = world.living.get(act.id or ""), exchange.response.json
    if known is None or not isinstance(item, Mapping):
        return world, ()
    after, told = _looked(known, item, "get", _forms(exchange, "/config/"), "get", known)
    return world.with_known(after), told


def _list(world: World, exchange: Exchange) -> Judgement:
    answer = exchange.response.json
    items = answer.get("items") if isinstance(answer, Mapping) else None
    if not isinstance(items, list):
        return world, ()
    found: list[Divergence] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        identifier = item.get("_id") if isinstance(item, Mapping) else None
        if not isinstance(identifier, str):
            continue
        if identifier in seen and identifier in world.living:
            found.append(_listed("/items/*/_id", "an integration is listed twice", "once", "twice"))
        seen.add(identifier)
        if identifier in world.living:
            forms = _forms(exchange, f"/items/{index}/config/")
            after, told = _looked(
                world.living[identifier], item, "list", forms, "list", world.living[identifier]
            )
            world = world.with_known(after.with_(happened=world.living[identifier].happened))
            found += told
        elif identifier in world.gone:
            found.append(
                _listed(
                    "/items/*/_id",
                    "the list shows an integration that was deleted",
                    "no such integration",
                    "listed",
                )
            )
        elif identifier not in world.foreign:
            found += _ghost(world, item)
    for known in world.living.values():
        if known.id not in seen:
            what = f"the list lacks a {known.kind} integration that lives"
            found.append(
                _listed(
                    "/items",
                    f"{what} in {known.scope.project}/{known.scope.environment}",
                    "listed",
                    "missing",
                )
            )
    return world, tuple(dict.fromkeys(found))


def _listed(member: str, message: str, expected: str, actual: str) -> Divergence:
    return Divergence("list_shows_what_lives", member, message, expected, actual, actual)


def _ghost(world: World, item: Any) -> Iterator[Divergence]:
    text = json.dumps(item)
    if any(mark in text for mark in world.refused_marks):
        message = "the list shows an integration whose create was refused"
        yield Divergence(
            "refused_changes_nothing", "/items/*/_id", message, "nothing was created", "listed", "created"
        )
    elif any(mark in text for mark in world.marks):
        yield _listed(
            "/items/*/_id",
            "the list shows an integration under an id that was never given",
            "no such id",
            "unknown id",
        )


def _beside(world: World, act: Action) -> World:
    """Something was written: whatever else lives may show no trace of it."""
    others = {known.id: known for known in world.living.values() if known.id != act.id}
    here = frozenset(name for name, known in others.items() if known.scope == act.scope)
    world = world.with_event(Happened.SIBLING, here)
    return world.with_event(Happened.ELSEWHERE, frozenset(others) - here)


def _forms(exchange: Exchange, prefix: str) -> dict[str, str]:
    return {place.removeprefix(prefix): form for place, form in exchange.forms if place.startswith(prefix)}


def _looked(
    known: Known, item: Mapping[str, Any], where: str, forms: Mapping[str, str], role: str, before: Known
) -> tuple[Known, tuple[Divergence, ...]]:
    """Compare one shown integration, and learn from it what the provider was free to choose."""
    differences = list(_differences(known, item, where, forms))
    rules = [(_rule(difference, known, role, before), difference) for difference in differences]
    if (
        role == "get"
    ):  # one integration, one cause: what tells most of it is believed for all that belongs to it
        ruling = next((rule for rule in _BLAME.values() if rule in {each for each, _ in rules}), "")
        old = known.before
        if old is not None and all(
            each.actual == _shown(old, each.member.removeprefix("/")) for _, each in rules
        ):
            ruling = "read_shows_last_write"
        rules = [(ruling if rule in _BLAME.values() else rule, each) for rule, each in rules]
    told = tuple(_gathered(rules, known, role))
    learned = dict(known.learned)
    config = item.get("config")
    for name, value in config.items() if isinstance(config, Mapping) else ():
        if name not in known.config and name != SECRET:
            learned.setdefault(name, value)
    kept = dict(known.forms)
    if isinstance(config, Mapping) and SECRET in known.config and (SECRET in config or where == "get"):
        kept.setdefault((where, SECRET), forms.get(SECRET, ""))
    seen = {name for name in ("on", "name", "tags") if name in item}
    seen |= {f"config/{name}" for name in config} if isinstance(config, Mapping) else set()
    name = item.get("name", UNKNOWN) if known.name is UNKNOWN else known.name
    looked = known.with_(
        learned=learned,
        forms=kept,
        unseen=known.unseen - seen,
        name=name,
        happened=() if role == "get" else known.happened,
        wanted=() if role == "get" else known.wanted,
    )
    if role in ("create", "update") and told and all(map(is_recoverable, told)):
        looked = _believing(looked, differences)
    return looked, told


#: Rules after whose breach the answer to a write is taken for what has been done: what comes after it can still be told.
_BELIEVED = frozenset(
    {"write_is_kept_as_given", "defaults_hold", "version_counts_updates", "identity_is_its_own"}
)


def is_recoverable(divergence: Divergence) -> bool:
    """Whether a story can go on after it, as if the provider had done what it showed. What lives elsewhere cannot be asked for."""
    return divergence.rule in _BELIEVED and divergence.member not in (
        "/_id",
        "/projectKey",
        "/environmentKey",
    )


def _believing(known: Known, differences: list[Difference]) -> Known:
    """The integration as the provider has shown it."""
    config, learned, called = dict(known.config), dict(known.learned), dict(known.called)
    changes: dict[str, Any] = {}
    for difference in differences:
        member = difference.member.removeprefix("/")
        if difference.kind == "identity":
            called[member] = difference.actual
        elif member.startswith("config/"):
            place = member.removeprefix("config/")
            (config if place in config else learned)[place] = difference.actual
        elif member == "tags":
            changes["tags"] = tuple(difference.actual)
        else:
            changes[member] = difference.actual
    return known.with_(config=config, learned=learned, called=called, **changes)


def _differences(
    known: Known, item: Mapping[str, Any], where: str, forms: Mapping[str, str]
) -> Iterator[Difference]:
    """Every member that is not as it must be; what is missing or of a wrong type is the schema's to say."""
    keys = {
        "_id": known.id,
        "integrationKey": known.kind,
        "projectKey": known.scope.project,
        "environmentKey": known.scope.environment,
    }
    for member, value in keys.items():
        if isinstance(item.get(member), str) and item[member] not in (value, known.called.get(member)):
            yield Difference(f"/{member}", "identity", value, item[member])
    if isinstance(item.get("name"), str) and known.name is not UNKNOWN and item["name"] != known.name:
        yield Difference("/name", "value", known.name, item["name"])
    if isinstance(item.get("on"), bool) and item["on"] is not known.on:
        yield Difference(
            "/on", "value" if "on" in known.unseen or known.on else "default", known.on, item["on"]
        )
    if isinstance(item.get("tags"), list) and item["tags"] != list(known.tags):
        yield Difference("/tags", "value" if known.tags else "default", list(known.tags), item["tags"])
    if isinstance(item.get("config"), Mapping):
        yield from _config(known, item["config"], where, forms)
    version = item.get("version")
    if type(version) is int and version != known.version:
        yield Difference("/version", "version", known.version, version)


def _config(
    known: Known, config: Mapping[str, Any], where: str, forms: Mapping[str, str]
) -> Iterator[Difference]:
    for name, default in DEFAULTS[known.kind].items():
        if name == SECRET:
            yield from _secret(known, config, where, forms)
        elif name in known.config:
            value = known.config[name]
            if name in config:
                if config[name] != value and type(config[name]) is type(value):
                    yield Difference(f"/config/{name}", "value", value, config[name])
            elif where == "get" and value != default:
                yield Difference(f"/config/{name}", "value", value, ABSENT)
        elif name in config:
            first = known.learned.get(name, config[name])
            if (
                name not in GENERATED
                and config[name] != default
                and (default is None or type(config[name]) is type(default))
            ):
                yield Difference(
                    f"/config/{name}", "default", ABSENT if default is None else default, config[name]
                )
            elif config[name] != first and type(config[name]) is type(first):
                yield Difference(f"/config/{name}", "value", first, config[name])


def _secret(
    known: Known, config: Mapping[str, Any], where: str, forms: Mapping[str, str]
) -> Iterator[Difference]:
    """Redacted or left out, but always the same way while the secret is the same."""
    first = known.forms.get((where, SECRET))
    if (
        not isinstance(known.config.get(SECRET), Secret)
        or first is None
        or (SECRET not in config and where != "get")
    ):
        return
    shown = forms.get(SECRET, "")
    if shown != first:
        how = (
            "now it is empty or absent"
            if not shown
            else "now it is redacted otherwise"
            if first
            else "before, nothing was shown"
        )
        yield Difference(f"/config/{SECRET}", "secret", Words("as it was shown before"), Words(how))


#: Rules that are about the integration as a whole: however many members show it, it is one finding.
_OF_ALL = {
    "read_shows_last_write",
    "list_shows_what_lives",
    "refused_changes_nothing",
    "siblings_stay_untouched",
    "scopes_are_apart",
}


def _gathered(found: list[tuple[str, Difference]], known: Known, role: str) -> Iterator[Divergence]:
    place = "/items/*" if role == "list" else ""
    for rule in dict.fromkeys(rule for rule, _ in found):
        mine = [difference for each, difference in found if each == rule]
        of_all = rule in _OF_ALL
        for difference in mine[:1] if of_all else mine:
            what = f"{difference.member} is {_short(difference.actual)}, not {_short(difference.expected)}"
            if difference.kind == "secret":
                what = f"{difference.member}: {difference.actual}"
            rest = ", ".join(each.member for each in mine[1:]) if of_all else ""
            yield Divergence(
                rule,
                place if of_all else f"{place}{difference.member}",
                f"{what}{_because(rule, known)}" + (f" (so it is with {rest})" if rest else ""),
                _short(difference.expected),
                _short(difference.actual),
                "stale" if of_all else "",
            )


def _because(rule: str, known: Known) -> str:
    return {
        "read_shows_last_write": ": an earlier answer said so",
        "refused_changes_nothing": ": what was refused in between has left a trace",
        "siblings_stay_untouched": ": another integration was written in between, and this one was not",
        "scopes_are_apart": ": something was asked for under another environment or kind in between, and nothing here",
        "secret_survives": f": the password of this {known.kind} integration was not written in between",
    }.get(rule, "")


def _rule(difference: Difference, known: Known, role: str, before: Known) -> str:
    """Which rule a difference breaks: by what it is, and by what was done since the integration was last as it should be."""
    if difference.kind == "identity":
        return "identity_is_its_own"
    if difference.kind == "secret":
        return "secret_survives"
    if role == "list":
        return "list_shows_what_lives"
    if role == "create":
        return {"version": "version_counts_updates", "default": "defaults_hold"}.get(
            difference.kind, "write_is_kept_as_given"
        )
    if role == "update":
        return (
            "version_counts_updates"
            if difference.kind == "version"
            else _of_update(difference, known, before)
        )
    return _of_read(difference, known)


def _of_update(difference: Difference, known: Known, before: Known) -> str:
    """An update answered: what it shows may come from before it."""
    member = difference.member.removeprefix("/")
    untouched = member not in known.unseen and _shown(before, member) == _shown(known, member)
    if _explained(difference, before):
        return "refused_changes_nothing"
    if untouched and before.happened:
        return _blamed(before.happened)
    fresh = difference.kind == "default" and difference.actual != before.config.get(
        member.removeprefix("config/")
    )
    return "defaults_hold" if fresh and member.startswith("config/") else "write_is_kept_as_given"


def _of_read(difference: Difference, known: Known) -> str:
    member = difference.member.removeprefix("/")
    if member in known.unseen:
        return (
            "defaults_hold"
            if difference.kind == "default" and known.before is None
            else "write_is_kept_as_given"
        )
    if _explained(difference, known):
        return "refused_changes_nothing"
    if known.before is not None and difference.actual == _shown(known.before, member) != _shown(
        known, member
    ):
        return "read_shows_last_write"
    if difference.kind == "version" and Happened.WRITTEN in known.happened:
        return "read_shows_last_write"
    if (
        difference.kind == "default"
        and known.version == 1
        and member.startswith("config/")
        and member[7:] not in known.learned
    ):
        return "defaults_hold"
    return _blamed(known.happened)


#: Which of several things that happened in between is to blame: what was done to the integration itself comes first.
_BLAME = {
    Happened.REFUSED: "refused_changes_nothing",
    Happened.WRITTEN: "read_shows_last_write",
    Happened.SIBLING: "siblings_stay_untouched",
    Happened.ELSEWHERE: "scopes_are_apart",
}


def _blamed(happened: tuple[Happened, ...]) -> str:
    return next((rule for event, rule in _BLAME.items() if event in happened), "read_shows_last_write")


def _shown(known: Known, member: str) -> Any:
    if member.startswith("config/"):
        name = member.removeprefix("config/")
        return known.config.get(name, known.learned.get(name, ABSENT))
    value = getattr(known, {"_id": "id"}.get(member, member), None)
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    text = value if isinstance(value, Words) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:80]}… ({len(text)} characters)"
