"""Faults of what is kept: over time, between integrations, between two who write at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Aim,
    Item,
    Maker,
    aim_of,
    body_of,
    fault,
    items_of,
    on_bodies,
    on_created,
    on_items,
    on_success,
    with_body,
)
from storepact.families.persistent_store.provider.operations import PROJECTS, StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.call import Handler, MockRequest, MockResponse
from storepact.mock.faults import Layer

_S, _R = "state", "concurrency"


class _WithStore(Layer):
    """A layer that reaches into the storage."""

    def __init__(self, provider: StoreProvider) -> None:
        self.provider, self.storage = provider, provider.storage

    def kept(self, aim: Aim) -> Integration | None:
        """The integration that a call is aimed at, as it is now."""
        return self.storage.get(aim.id) if aim.id else None


class StaleRead(_WithStore):
    """The first read after an update shows what was there before."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._before: dict[str, Integration] = {}

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim = aim_of(call)
        if aim.role == "update":
            before = self.kept(aim)
            answer = inner(call)
            if before is not None and answer.status == 200:
                self._before[aim.id] = before
            return answer
        if aim.role == "get" and aim.id in self._before and self.kept(aim) is not None:
            return self._as_it_was(call, inner, self._before.pop(aim.id))
        return inner(call)

    def _as_it_was(self, call: MockRequest, inner: Handler, before: Integration) -> MockResponse:
        now = self.storage.get(before.id)
        assert now is not None
        self.storage.replace(before)
        answer = inner(call)
        self.storage.replace(now)
        return answer


class LostUpdate(_WithStore):
    """An update is answered as if it had been done, and is not kept."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        before = self.kept(aim_of(call)) if aim_of(call).role == "update" else None
        answer = inner(call)
        if before is not None:
            self.storage.replace(before)
        return answer


class PartialPatch(_WithStore):
    """The operations before a failing one stay done."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if aim_of(call).role == "update" and answer.status in (400, 409, 422):
            body = body_of(call)
            operations = body.get("patch") if isinstance(body, dict) else body
            for operation in operations if isinstance(operations, list) else ():
                if inner(with_body(call, [operation])).status != 200:
                    break
        return answer


class DeleteKeeps(_WithStore):
    """A delete is answered and not done."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        kept = self.kept(aim_of(call)) if aim_of(call).role == "delete" else None
        answer = inner(call)
        if kept is not None and answer.status == 204:
            self.storage.add(kept)
        return answer


class StaleList(_WithStore):
    """The list goes on showing what was deleted."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._shown: dict[str, Item] = {}
        self._gone: set[str] = set()

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        if aim.role == "create" and answer.status == 201:
            self._shown[answer.body["_id"]] = answer.body
        if aim.role == "delete" and answer.status == 204:
            self._gone.add(aim.id)
        if aim.role == "list" and answer.status == 200:
            ghosts = [item for key, item in self._shown.items() if key in self._gone]
            return replace(answer, body={**answer.body, "items": [*answer.body["items"], *ghosts]})
        return answer


class SlowList(_WithStore):
    """The list shows integrations as they were when they were created."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._first: dict[str, Item] = {}

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        if aim.role == "create" and answer.status == 201:
            self._first[answer.body["_id"]] = answer.body
        if aim.role == "list" and answer.status == 200:
            items = [self._first.get(item["_id"], item) for item in answer.body["items"]]
            return replace(answer, body={**answer.body, "items": items})
        return answer


class CollidingIds(_WithStore):
    """Two integrations of the same name get one id; the first is overwritten."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        if aim.role != "create" or answer.status != 201:
            return answer
        identifier = answer.body["_id"]
        new = self.storage.get(identifier)
        twin = next(
            (each for each in self.storage.all() if new and each.name == new.name and each.id != identifier),
            None,
        )
        if new is None or twin is None:
            return answer
        self.storage.remove(identifier)
        self.storage.replace(replace(new, id=twin.id))
        text = json.dumps(answer.body).replace(identifier, twin.id)
        return replace(answer, body=json.loads(text), headers={})


class Overwrites(_WithStore):
    """A create replaces what else there is of its kind in the environment."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        if aim.role == "create" and answer.status == 201:
            for each in list(self.storage.all()):
                here = (each.project, each.environment, each.kind) == (aim.project, aim.environment, aim.kind)
                if here and each.id != answer.body["_id"]:
                    self.storage.remove(each.id)
        return answer


class TakesSiblings(_WithStore):
    """A delete takes along whatever else there is of its kind in the environment."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        if aim.role == "delete" and answer.status == 204:
            for each in list(self.storage.all()):
                if (each.project, each.environment, each.kind) == (aim.project, aim.environment, aim.kind):
                    self.storage.remove(each.id)
        return answer


class TouchesSibling(_WithStore):
    """A rename renames the next integration of the environment as well."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, answer = aim_of(call), inner(call)
        changed = self.kept(aim)
        if aim.role == "update" and answer.status == 200 and changed is not None:
            for each in list(self.storage.all()):
                if each.id != changed.id and (each.project, each.environment) == (
                    changed.project,
                    changed.environment,
                ):
                    self.storage.replace(replace(each, name=changed.name))
                    break
        return answer


class Resurrects(_WithStore):
    """A patch of a deleted integration brings it back."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._gone: dict[str, Integration] = {}

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim = aim_of(call)
        kept = self.kept(aim)
        if aim.role == "update" and kept is None and aim.id in self._gone:
            self.storage.add(self._gone[aim.id])
        answer = inner(call)
        if aim.role == "delete" and kept is not None and answer.status == 204:
            self._gone[aim.id] = kept
        return answer


class RefusedYetKept(_WithStore):
    """A create whose config is refused leaves an integration behind."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        body = body_of(call)
        if aim_of(call).role == "create" and answer.status in (400, 422) and isinstance(body, dict):
            config = {"host": "redis.example.com"} if aim_of(call).kind == "redis" else None
            if config:
                inner(with_body(call, {"config": config, "name": str(body.get("name", "half made"))[:64]}))
        return answer


class ForbiddenYetDone(_WithStore):
    """The update of a token that may only read is refused, and done."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        aim, kept = aim_of(call), self.kept(aim_of(call))
        bearer = self.provider.tokens.bearer(call.token)
        if aim.role == "update" and kept is not None and bearer is not None and bearer.reads_only:
            body = body_of(call)
            for operation in body if isinstance(body, list) else ():
                if (
                    isinstance(operation, dict)
                    and operation.get("path") == "/name"
                    and isinstance(operation.get("value"), str)
                ):
                    self.storage.replace(replace(kept, name=operation["value"], version=kept.version + 1))
        return answer


class AnywhereById(_WithStore):
    """An id is found under any environment that exists."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, kept = aim_of(call), self.kept(aim_of(call))
        there = aim.environment in PROJECTS.get(aim.project, ())
        if aim.role in ("get", "update", "delete") and kept is not None and kept.kind == aim.kind and there:
            call = replace(call, path=kept.path)
        return inner(call)


class MovesEnvironment(_WithStore):
    """What is created in test lands in production."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        if aim_of(call).role == "create":
            call = replace(call, path=call.path.replace("/default/test/", "/default/production/"))
        return inner(call)


class Version(_WithStore):
    """The version counts otherwise."""

    def __init__(
        self, provider: StoreProvider, count: Callable[[int, int], int], roles: tuple[str, ...] = ("update",)
    ) -> None:
        super().__init__(provider)
        self._count, self._roles = count, roles

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        before = self.kept(aim_of(call))
        answer = inner(call)
        role = aim_of(call).role
        if role not in self._roles or not 200 <= answer.status < 300 or not isinstance(answer.body, dict):
            return answer
        now = self.storage.get(answer.body.get("_id", ""))
        if now is None:
            return answer
        version = self._count(before.version if before else 0, now.version)
        self.storage.replace(replace(now, version=version))
        return replace(answer, body={**answer.body, "version": version})


class VersionFromBody(_WithStore):
    """A create takes its version from whoever asks."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer, body = inner(call), body_of(call)
        asked = body.get("version") if isinstance(body, dict) else None
        if (
            aim_of(call).role != "create"
            or answer.status != 201
            or type(asked) is not int
            or not isinstance(answer.body, dict)
        ):
            return answer
        made = self.storage.get(answer.body.get("_id", ""))
        if made is None:
            return answer
        self.storage.replace(replace(made, version=asked))
        return replace(answer, body={**answer.body, "version": asked})


class NoTests(Layer):
    """The test operations of a patch are passed over."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        if aim_of(call).role == "update":
            body = body_of(call)
            operations = body.get("patch") if isinstance(body, dict) else body
            if isinstance(operations, list):
                kept = [
                    operation
                    for operation in operations
                    if not (
                        isinstance(operation, dict) and operation.get("op") == "test" and "value" in operation
                    )
                ]
                call = with_body(call, kept)
        return inner(call)


class LooseTests(_WithStore):
    """A test compares texts: "1" is 1, and "true" is true."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        kept, body = self.kept(aim_of(call)), body_of(call)
        if aim_of(call).role == "update" and kept is not None and isinstance(body, list):
            call = with_body(call, [_loose(each, kept) for each in body])
        return inner(call)


def _loose(operation: Any, kept: Integration) -> Any:
    if not isinstance(operation, dict) or operation.get("op") != "test" or "value" not in operation:
        return operation
    there = {"/version": kept.version, "/on": kept.on, "/name": kept.name}.get(str(operation.get("path")))
    alike = there is not None and str(operation["value"]).lower() == str(there).lower()
    return {**operation, "value": there} if alike else operation


class AppendNotRead(_WithStore):
    """A tag that was appended is not read until the next update."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._behind: dict[str, tuple[str, ...]] = {}

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim, before = aim_of(call), self.kept(aim_of(call))
        answer = inner(call)
        if aim.role == "update" and answer.status == 200 and before is not None:
            self._behind.pop(aim.id, None)
            if b'"/tags/-"' in call.body:
                self._behind[aim.id] = before.tags
        if aim.role == "get" and answer.status == 200 and aim.id in self._behind:
            return replace(answer, body={**answer.body, "tags": list(self._behind[aim.id])})
        return answer


class Racing(_WithStore):
    """Between the look at the version and the write others get in: both of two writers win."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._seen: dict[int, int] = {}

    def arrived(self, call: MockRequest) -> float:
        kept = self.kept(aim_of(call)) if aim_of(call).role == "update" else None
        if kept is None:
            return 0.0
        self._seen[id(call)] = kept.version
        return 0.02

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        seen, kept = self._seen.pop(id(call), None), self.kept(aim_of(call))
        body = body_of(call)
        if seen is not None and kept is not None and isinstance(body, list) and kept.version != seen:
            call = with_body(call, [_at_version(each, seen, kept.version) for each in body])
        return inner(call)


class RacingRead(Racing):
    """An update writes back all of what it read when it arrived: of two writers at once one is undone."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._read: dict[int, Integration] = {}

    def arrived(self, call: MockRequest) -> float:
        kept = self.kept(aim_of(call)) if aim_of(call).role == "update" else None
        if kept is None:
            return 0.0
        self._read[id(call)] = kept
        return 0.02

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        read, kept = self._read.pop(id(call), None), self.kept(aim_of(call))
        if (
            read is not None
            and kept is not None
            and read != kept
            and "test" not in call.body.decode("utf-8", "replace")
        ):
            self.storage.replace(replace(read, version=kept.version))
        return inner(call)


def _at_version(operation: Any, seen: int, now: int) -> Any:
    stale = (
        isinstance(operation, dict) and operation.get("path") == "/version" and operation.get("value") == seen
    )
    return {**operation, "value": now} if stale else operation


def _production(item: Item) -> None:
    item["environmentKey"] = "production"


def _sorted_tags(body: Item) -> None:
    with suppress(TypeError, KeyError):
        body["tags"] = sorted(body["tags"]) if isinstance(body["tags"], list) else body["tags"]


def _distinct_tags(body: Item) -> None:
    with suppress(TypeError, KeyError):
        body["tags"] = list(dict.fromkeys(body["tags"])) if isinstance(body["tags"], list) else body["tags"]


def _trimmed(body: Item) -> None:
    if isinstance(body.get("name"), str):
        body["name"] = body["name"].strip()


def _without_newest(call: MockRequest, answer: MockResponse) -> MockResponse:
    items = items_of(answer.body)
    return replace(answer, body={**answer.body, "items": items[:-1]})


def _first_ten(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, body={**answer.body, "items": items_of(answer.body)[:10]})


def _only_on(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(
        answer, body={**answer.body, "items": [item for item in items_of(answer.body) if item["on"]]}
    )


class RenameSwitchesOff(_WithStore):
    """A patch without /on switches the integration off."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        kept = self.kept(aim_of(call))
        if (
            aim_of(call).role == "update"
            and answer.status == 200
            and kept is not None
            and b'"/on"' not in call.body
            and kept.on
        ):
            self.storage.replace(replace(kept, on=False))
            return replace(answer, body={**answer.body, "on": False})
        return answer


class ConfigMerges(_WithStore):
    """A new config is laid over the old one: what it lacks stays."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        kept = self.kept(aim_of(call)) if aim_of(call).role == "update" else None
        body = body_of(call)
        if kept is not None and isinstance(body, list):
            call = with_body(call, [_merged(each, kept) for each in body])
        return inner(call)


def _merged(operation: Any, kept: Integration) -> Any:
    value = (
        operation.get("value") if isinstance(operation, dict) and operation.get("path") == "/config" else None
    )
    if isinstance(value, dict) and ("host" in value or "roleArn" in value):
        return {**operation, "value": {**kept.config, **value}}
    return operation


class AppendReplaces(Layer):
    """An appended tag replaces all of them."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        body = body_of(call)
        if aim_of(call).role == "update" and isinstance(body, list):
            call = with_body(call, [_replacing(each) for each in body])
        return inner(call)


def _replacing(operation: Any) -> Any:
    if isinstance(operation, dict) and operation.get("op") == "add" and operation.get("path") == "/tags/-":
        return {"op": "replace", "path": "/tags", "value": [operation.get("value")]}
    return operation


def _on_by_default(body: Item) -> None:
    body.setdefault("on", True)


def _port_by_default(item: Item) -> None:
    if item.get("config", {}).get("port") == "6379":
        item["config"]["port"] = "6380"


def _tags_by_default(body: Item) -> None:
    body.setdefault("tags", ["default"])


def _commentless(body: Any) -> Any:
    return [] if isinstance(body, dict) and isinstance(body.get("comment"), str) and "patch" in body else body


def _layer(kind: type[Layer], *more: Any) -> Maker:
    return lambda provider: kind(provider, *more) if issubclass(kind, _WithStore) else kind()


FAULTS = (
    fault("stale-read", _S, "SP602", "the first get after an update shows the old state", _layer(StaleRead)),
    fault("lost-update", _S, "SP602", "an update is answered and not kept", _layer(LostUpdate)),
    fault("partial-patch", _S, "SP605", "operations before a failing one stay done", _layer(PartialPatch)),
    fault("delete-keeps", _S, "SP604", "a deleted integration is still there", _layer(DeleteKeeps)),
    fault("list-shows-deleted", _S, "SP603", "the list shows what was deleted", _layer(StaleList)),
    fault("list-is-old", _S, "SP603", "the list shows integrations as they were created", _layer(SlowList)),
    fault("list-lags", _S, "SP603", "the list lacks the newest integration", on_success(("list",), _without_newest)),
    fault("list-of-ten", _S, "SP603", "the list ends after ten", on_success(("list",), _first_ten)),
    fault("list-forgets-off", _S, "SP603", "the list lacks what is not on", on_success(("list",), _only_on)),
    fault("colliding-ids", _S, "SP607", "two integrations of one name get one id", _layer(CollidingIds)),
    fault("create-overwrites", _S, "SP611", "a create removes others of its kind", _layer(Overwrites)),
    fault("delete-takes-siblings", _S, "SP611", "a delete removes others of its kind", _layer(TakesSiblings)),
    fault("rename-touches-sibling", _S, "SP611", "an update renames another integration as well", _layer(TouchesSibling)),
    fault("patch-resurrects", _S, "SP604", "a patch brings a deleted integration back", _layer(Resurrects)),
    fault("refused-yet-created", _S, "SP605", "a refused create leaves an integration behind", _layer(RefusedYetKept)),
    fault("forbidden-yet-done", _S, "SP605", "a refused update of a reader is done", _layer(ForbiddenYetDone)),
    fault("environments-mixed", _S, "SP302", "an id is found under any environment that exists", _layer(AnywhereById)),
    fault("wrong-environment", _S, "SP607", "what is created in test lands in production", _layer(MovesEnvironment)),
    fault("version-stands", _S, "SP606", "an update does not count", _layer(Version, lambda before, now: before or now)),
    fault("version-jumps", _S, "SP606", "an update counts twice", _layer(Version, lambda before, now: now + (now > before))),
    fault("version-begins-at-two", _S, "SP606", "a new integration is at version 2", _layer(Version, lambda _, now: now + 1, ("create",))),
    fault("version-from-body", _S, "SP606", "a create takes its version from the body", _layer(VersionFromBody)),
    fault("tags-sorted", _S, "SP601", "tags lose their order", on_created(_sorted_tags)),
    fault("tags-distinct", _S, "SP601", "a tag that is given twice is kept once", on_created(_distinct_tags)),
    fault("name-trimmed", _S, "SP601", "blanks around a name are lost", on_created(_trimmed)),
    fault("rename-switches-off", _S, "SP601", "an update without /on switches off", _layer(RenameSwitchesOff)),
    fault("config-merges", _S, "SP601", "a replaced config keeps old members", _layer(ConfigMerges)),
    fault("append-replaces", _S, "SP601", "an appended tag replaces all tags", _layer(AppendReplaces)),
    fault("comment-only", _S, "SP601", "a patch with a comment changes nothing", on_bodies(("update",), _commentless)),
    fault("on-by-default", _S, "SP613", "a create without on is on", on_created(_on_by_default)),
    fault("port-by-default", _S, "SP613", "the default port is 6380", on_items(("create", "get", "list"), _port_by_default)),
    fault("tags-by-default", _S, "SP613", "a create without tags gets one", on_created(_tags_by_default)),
    fault("append-not-read", _S, "SP602", "an appended tag is not read until the next update", _layer(AppendNotRead)),
    fault("update-names-production", _S, "SP607", "the answer to an update names another environment", on_items(("update",), _production)),
    fault("tests-compare-text", _S, "SP609", "a test takes text for a number or a boolean", _layer(LooseTests)),
    fault("tests-ignored", _S, "SP609", "test operations are passed over", _layer(NoTests)),
    fault("version-race", _R, "SP612", "of two writers with one version both win", _layer(Racing)),
    fault("update-race", _R, "SP612", "of two updates at once one is undone", _layer(RacingRead)),
)  # fmt: skip
