"""The transcript of a target: its responses to every scenario, comparable with those of another target."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from storepact.engines.family import Family
from storepact.engines.harness import Harness
from storepact.engines.story import Story
from storepact.families import mock_definition
from storepact.model.case import Auth, Case
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed, Undetermined
from storepact.model.exchange import NOT_JSON, Exchange
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.variants import variants_of

#: How the names of the stories of journeys begin.
JOURNEYS = "journey "

#: Conditions of tokens that a live target does not have.
_ONLY_MOCK = (Auth.EXHAUSTED, Auth.CONTENDED, Auth.ORPHANED)

#: Headers that are compared by their presence.
_HEADERS = ("Location", "Allow", "Retry-After")

_PRESENT = "there"
_REDACTED = "<redacted>"
_MILLISECONDS = 10**11
_LONGEST_VALUE = 80

_UUID = re.compile(rb"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")

#: What stands for the mark of the run, and for that of one of its resources.
_RUN = "<run>"
_NUMBERED_MARK = re.compile(rf"{_RUN}-(\d+)")

#: Keys with fewer characters may be parts of other texts.
_SHORT_KEY = 16

#: A redacted secret that is replaced where it was copied to has at least so many characters.
_SHORTEST_REDACTED = 4


@lean_value(frozen=True)
class TranscriptStep:
    """One exchange without what differs from run to run: ids, times and the scope are replaced by names."""

    does: str
    """What the step does, in words that are the same for every target."""
    role: str
    status: int
    members: Mapping[str, str]
    """The values in the response by JSON pointer (`*` for any index) or `header NAME`."""


#: The steps by the name of a scenario or of a group of cases.
Transcript = Mapping[str, Sequence[TranscriptStep]]


def make_transcript(
    harness: Harness,
    *,
    only: Collection[str] | None = None,
    groups: Sequence[tuple[str, Sequence[Case]]] | None = None,
    journeys: Mapping[int, int] = MappingProxyType({}),
    advance: Callable[[str], None] = lambda name: None,
) -> Transcript:
    """Run every scenario that a target allows, or those in `only`, journeys, and every group of cases.

    `groups` are cases by name in place of the probes and the cases about tokens; `journeys` the numbers of
    journeys, with how many stories of them are played.

    `advance` is called with the name of each scenario and group when it has run.
    """
    steps: dict[str, Sequence[TranscriptStep]] = {}
    for scenario in harness.family.scenarios:
        if scenario.concurrent or (only is not None and scenario.name not in only):
            continue
        try:
            story = harness.play_scenario(scenario)
        except (PrerequisiteMissing, SetupFailed):
            continue
        finally:
            advance(scenario.name)
        steps[scenario.name] = _steps_of(harness, story)
    for number, stories in journeys.items():
        for index, story in enumerate(harness.play_journeys(number, stories)):
            name = f"{JOURNEYS}{number} story {index + 1}"
            steps[name] = _steps_of(harness, story)
            advance(name)
    for name, cases in case_groups(harness.document, harness.family) if groups is None else groups:
        if only is None or name in only:
            steps[name] = list(_send_cases(harness, cases))
            advance(name)
    return steps


def _steps_of(harness: Harness, story: Story) -> list[TranscriptStep]:
    names = {resource.id: f"<{resource.name}>" for resource in story.resources}
    names[harness.workspace.preparer.run_marker] = _RUN
    normalizer = _Normalizer(harness, names)
    return [
        normalizer.step(replace_all(entry.step.text, names), entry.step.role, entry.exchange)
        for entry in story.entries
    ]


def case_groups(document: Document, family: Family) -> Iterator[tuple[str, Sequence[Case]]]:
    """Yield the probes and the authentication cases of every operation and variant, by name."""
    for operation in document.operations.values():
        for variant in variants_of(document, operation):
            yield f"{operation.id}-{variant}-probes", list(family.probes(operation, document, variant))
            yield f"{operation.id}-{variant}-doors", list(family.auth_cases(operation, document, variant))


def _send_cases(harness: Harness, cases: Sequence[Case]) -> Iterator[TranscriptStep]:
    normalizer = _Normalizer(harness, {harness.workspace.preparer.run_marker: _RUN})
    for case in cases:
        if not harness.credentials.has(case.auth) or case.auth in _ONLY_MOCK:
            continue
        role = harness.family.role_of(harness.document.operations[case.operation]) or case.operation
        try:
            exchange = _send_case(harness, case, role)
        except (RequestUnsendable, SetupFailed, PrerequisiteMissing):
            continue
        what = case.mutation or f"as it should be: {json.dumps(case.body, default=str)[:80]}"
        yield normalizer.step(" ".join(filter(None, (role, case.variant, what))), role, exchange)


def _send_case(harness: Harness, case: Case, role: str) -> Exchange:
    """Send a case to a target that holds what it holds at the start of a transcript, whatever came before.

    Where an answer is lost, resources are made anew; on one of two targets alone that would be a difference.
    """
    workspace, kinds = harness.workspace, harness.family.kinds
    if role == "list" and workspace.target.writable:
        workspace.repeat_lost_requests(lambda: [workspace.pool.borrow(kind) for kind in kinds])
    exchange, _ = workspace.send_case(case, "conformance")
    if role == "update" and not 400 <= exchange.response.status < 500:
        workspace.repeat_lost_requests(lambda: workspace.pool.discard(case.variant or kinds[0]))
    return exchange


@contextmanager
def deleting_all(harness: Harness) -> Iterator[None]:
    """Delete what the stories have left, also where something has ended them, and close the harness.

    Raises:
        Undetermined: it has, or something could not be deleted, a line for each.

    """
    reasons: list[str] = []
    try:
        yield
    except Undetermined as error:
        reasons.append(str(error))
    reasons.extend(f"could not delete {entry}" for entry in harness.close())
    if reasons:
        raise Undetermined("; ".join(reasons))


def replace_all(text: str, names: Mapping[str, str]) -> str:
    """Return a text with every key of a mapping replaced by its value, the longest first.

    A short key is replaced where it is a whole text or a part of a path: an id that is a number is in times
    and versions, too.
    """
    for key in sorted(names, key=len, reverse=True):
        if len(key) < _SHORT_KEY:
            part = rf"(?<=[/\"']){re.escape(key)}(?=[/\"'?#\s]|$)"
            text = names[key].join(re.split(part, text))
        else:
            text = text.replace(key, names[key])
    return text


class _Normalizer:
    """Replaces what differs from run to run in responses; `names` has the ids of a story's resources."""

    def __init__(self, harness: Harness, names: Mapping[str, str]) -> None:
        definition = mock_definition()
        self._family = harness.family
        self._names = names
        self._secrets = harness.workspace.target.secrets
        self._sent: set[bytes] = set()
        """The UUIDs of the requests until now: those that only a response has are the provider's own."""
        self._marks: dict[str, set[str]] = {}
        """The numbers of the marks that were sent for each resource."""
        self._own_marks: frozenset[str] = frozenset()
        keys = zip(harness.workspace.scope.keys, self._family.api.scope_parameters, strict=True)
        self._scope = {key: f"<{parameter}>" for key, parameter in keys}
        self._volatile = definition.volatile_members
        self._limit_headers = {
            name.lower()
            for headers in definition.limit_headers.values()
            for name in (headers.limit, headers.remaining, headers.reset)
        }

    def step(self, does: str, role: str, exchange: Exchange) -> TranscriptStep:
        """Return the step for one exchange."""
        self._sent.update(_UUID.findall(exchange.request.body or b""))
        response = exchange.response
        body = self._own_items(response.json)
        self._own_marks = self._note_marks(exchange, body)
        members = {} if body is NOT_JSON else dict(self._flatten(body, ""))
        members.update({f"header {name}": _PRESENT for name in _HEADERS if response.header(name)})
        if any(name.lower() in self._limit_headers for name, _ in response.headers):
            members["headers of rate limits"] = _PRESENT
        return TranscriptStep(does, role, response.status, members)

    def _note_marks(self, exchange: Exchange, body: Any) -> frozenset[str]:
        """The numbers of the marks that were sent for the resource of a response, and in this request."""
        sent = replace_all((exchange.request.body or b"").decode("utf-8", "replace"), self._names)
        numbers = set(_NUMBERED_MARK.findall(sent))
        items = self._family.api.resources_in(body)
        resource = body if items is None else next(iter(items), None)
        identifier = self._family.resource_id(resource)
        if identifier is None:
            return frozenset(numbers)
        marks = self._marks.setdefault(identifier, set())
        marks |= numbers
        return frozenset(marks)

    def _own_items(self, body: Any) -> Any:
        """Return a list with one resource of the story only, whatever the order of the list is.

        Others are not the provider's choice, and no document promises an order.
        """
        items = self._family.api.resources_in(body)
        if items is None:
            return body
        listed = {self._family.resource_id(item): item for item in items}
        own = [listed[name] for name in self._names if name in listed]
        return {**body, self._family.api.list_member: own[:1]}

    def _flatten(self, node: Any, pointer: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, Mapping):
            if not node:
                yield pointer, "{}"
            for name, value in node.items():
                yield from self._flatten(value, f"{pointer}/{name}")
        elif isinstance(node, list) and any(isinstance(item, Mapping | list) for item in node):
            yield pointer, "[…]"
            for item in node:
                yield from self._flatten(item, f"{pointer}/*")
        else:
            yield pointer, self._normalize(node, pointer)

    def _normalize(self, value: Any, pointer: str) -> str:
        if value != [] and not self._volatile.isdisjoint(pointer.split("/")):
            return _PRESENT
        if type(value) is int and abs(value) > _MILLISECONDS:
            return "milliseconds" if value > 0 else "never"
        is_link = pointer.endswith("/href")
        own = self._without_own(decode_link(value) if is_link else value)
        names = {**self._names, **self._scope} if is_link or self._is_scope(pointer) else self._names
        text = replace_all(json.dumps(own, ensure_ascii=False), names)
        text = _NUMBERED_MARK.sub(self._mark_of, text)
        if is_link:
            text = re.sub(r"[0-9a-f-]{24,36}", "<id>", text)
        return text if len(text) <= _LONGEST_VALUE else f"{text[:60]}… ({len(text)})"

    def _mark_of(self, match: re.Match[str]) -> str:
        """A mark without its number: a target that accepts more gets more of them."""
        return f"{_RUN}-own" if match[1] in self._own_marks else f"{_RUN}-other"

    def _is_scope(self, pointer: str) -> bool:
        """Whether a member holds a part of the scope; elsewhere an equal text is what a request has sent."""
        return pointer.rpartition("/")[2] in self._family.api.scope_parameters

    def _without_own(self, value: Any) -> Any:
        """A value without what is another one on each target: redacted secrets that were copied, UUIDs."""
        if isinstance(value, list):
            return [self._without_own(element) for element in value]
        if not isinstance(value, str):
            return value
        is_copied = len(value) >= _SHORTEST_REDACTED and value in self._secrets.disclosed_texts
        return _REDACTED if is_copied else without_generated(value, self._sent)


def decode_link(value: Any) -> Any:
    """A link without escapes: of an id each provider escapes what it likes, and plain ones are replaced."""
    return unquote(value) if isinstance(value, str) else value


def without_generated(text: str, sent: Collection[bytes]) -> str:
    """A text; a UUID that was not sent is one that the provider has generated, such as an external id."""
    raw = text.encode("utf-8", "surrogatepass")
    return "<UUID>" if _UUID.fullmatch(raw) and raw not in sent else text
