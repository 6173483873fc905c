"""Does the mock lie? The same stories told to the mock and to a live target, and where the two differ though both may."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.mock.choices import parse_choices
from storepact.mock.serve import RunningMock, serve
from storepact.model.case import Auth, Case
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed, UsageError
from storepact.model.exchange import NOT_JSON, Exchange
from storepact.model.outcome import Verdict
from storepact.openapi.variants import variants_of
from storepact.report.markdown import plain
from storepact.run.settings import MOCK, Settings
from storepact.run.target import MOCK_CONDITIONS, mock_credentials, resolve_live_target, start_mock
from storepact.transport.credentials import Credentials

#: Scenarios whose answers depend on who comes first.
_SIMULTANEOUS = ("one-version-one-winner", "no-update-lost", "created-at-once", "deleted-at-once")


@dataclass(frozen=True)
class TranscriptStep:
    """One exchange of a story, ready to be compared: ids, times and places are taken out."""

    does: str
    role: str
    status: int
    members: Mapping[str, str]


Transcript = Mapping[str, tuple[TranscriptStep, ...]]


def transcript(
    harness: Harness, *, only: Collection[str] | None = None, heard: Callable[[str], None] = lambda name: None
) -> dict[str, tuple[TranscriptStep, ...]]:
    """What a target answers to every story that it can be told, by the story's name."""
    found: dict[str, tuple[TranscriptStep, ...]] = {}
    for scenario in harness.family.scenarios:
        if scenario.name in _SIMULTANEOUS or (only is not None and scenario.name not in only):
            continue
        try:
            story = harness.play_scenario(scenario)
        except (PrerequisiteMissing, SetupFailed):
            continue
        finally:
            heard(scenario.name)
        names = {person.id: f"<{person.name}>" for person in story.resources}
        found[scenario.name] = tuple(
            _told(names_in(entry.step.text, names), entry.step.role, entry.exchange, names, harness)
            for entry in story.entries
        )
    for name, cases in _single(harness):
        if only is None or name in only:
            found[name] = tuple(_asked(harness, cases))
            heard(name)
    return found


def names_in(text: str, names: Mapping[str, str]) -> str:
    """A text with ids replaced by names."""
    for identifier, name in names.items():
        text = text.replace(identifier, name)
    return text


def _single(harness: Harness) -> Iterator[tuple[str, list[Case]]]:
    document, family = harness.document, harness.family
    for operation in document.operations.values():
        for variant in variants_of(document, operation):
            for make, phase in ((family.probes, "probes"), (family.auth_cases, "doors")):
                yield f"{operation.id}-{variant}-{phase}", list(make(operation, document, variant))


def _asked(harness: Harness, cases: list[Case]) -> Iterator[TranscriptStep]:
    for case in cases:
        if not harness.credentials.has(case.auth) or case.auth in (
            Auth.EXHAUSTED,
            Auth.CONTENDED,
            Auth.ORPHANED,
        ):
            continue
        operation = harness.document.operations[case.operation]
        role = harness.family.role_of(operation) or case.operation
        try:
            exchange, _ = harness.workspace.send_case(case, "conformance")
        except (RequestUnsendable, SetupFailed, PrerequisiteMissing):
            continue
        what = case.mutation or f"as it should be: {json.dumps(case.body, default=str)[:80]}"
        yield _told(f"{role} {case.variant or ''} {what}".replace("  ", " "), role, exchange, {}, harness)


def _told(
    does: str, role: str, exchange: Exchange, names: Mapping[str, str], harness: Harness
) -> TranscriptStep:
    scope = harness.workspace.scope
    api = harness.family.api
    places = {key: f"<{name}>" for name, key in zip(api.scope_parameters, scope.keys, strict=True)}
    body = exchange.response.json
    items = body.get(api.list_member) if isinstance(body, Mapping) else None
    if isinstance(
        items, list
    ):  # what else lives there is nobody's choice: of the story's own the first is looked at
        own = [item for item in items if isinstance(item, Mapping) and item.get(api.id_member) in names]
        body = {**body, api.list_member: own[:1]}
    members = {} if body is NOT_JSON else dict(_flat(body, "", names, places))
    members.update(
        {
            f"header {name}": "there"
            for name in ("Location", "Allow", "Retry-After")
            if exchange.response.header(name)
        }
    )
    limits = any(name.lower().startswith("x-ratelimit") for name, _ in exchange.response.headers)
    return TranscriptStep(
        does,
        role,
        exchange.response.status,
        {**members, **({"header X-Ratelimit-…": "there"} if limits else {})},
    )


def _flat(
    node: Any, pointer: str, names: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _flat(value, f"{pointer}/{name}", names, places)
        if not node:
            yield pointer, "{}"
    elif isinstance(node, list) and not pointer.endswith("/tags"):
        yield pointer, "[…]" if node else "[]"
        for value in node:
            yield from _flat(value, f"{pointer}/*", names, places)
    else:
        yield pointer, _value(node, pointer, names, places)


def _value(value: Any, pointer: str, names: Mapping[str, str], places: Mapping[str, str]) -> str:
    last = pointer.rpartition("/")[2]
    if last in ("message", "id", "_id", "timestamp", "resources", "*") or "/_access" in pointer:
        return "there"
    if type(value) is int and abs(value) > 10**11:
        return "milliseconds" if value > 0 else "never"
    text = json.dumps(value, ensure_ascii=False)
    for real, name in (*names.items(), *places.items()):
        text = text.replace(real, name)
    text = re.sub(r"[0-9a-f-]{24,36}", "<id>", text) if last == "href" else text
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)})"


def differences(mock: Transcript, target: Transcript) -> list[dict[str, Any]]:
    """Every place where two transcripts differ, once, with an example; the most frequent first."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name in mock.keys() & target.keys():
        for ours, theirs in _aligned(mock[name], target[name]):
            for where, one, other in _parted(ours, theirs):
                row = found.setdefault(
                    (where, one, other),
                    {"where": where, "mock": one, "target": other, "times": 0, "examples": [], "stories": []},
                )
                row["times"] += 1
                row["stories"] += [name] * (name not in row["stories"])
                if len(row["examples"]) < 3:
                    row["examples"].append(f"{name}: {ours.does}")
    return sorted(found.values(), key=lambda row: (-row["times"], row["where"], row["mock"], row["target"]))


def _aligned(
    mock: Sequence[TranscriptStep], target: Sequence[TranscriptStep]
) -> Iterator[tuple[TranscriptStep, TranscriptStep]]:
    ours, theirs = [each.does for each in mock], [each.does for each in target]
    for block in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            yield mock[block.a + offset], target[block.b + offset]


def _untold(mock: Sequence[TranscriptStep], target: Sequence[TranscriptStep]) -> int:
    """How many steps of one have no counterpart in the other."""
    return len(mock) + len(target) - 2 * sum(1 for _ in _aligned(mock, target))


def _parted(ours: TranscriptStep, theirs: TranscriptStep) -> Iterator[tuple[str, str, str]]:
    if ours.status != theirs.status:
        yield f"{ours.role}: status", str(ours.status), str(theirs.status)
        return
    for name in sorted(ours.members.keys() | theirs.members.keys()):
        one, other = ours.members.get(name, "absent"), theirs.members.get(name, "absent")
        if one != other:
            yield f"{ours.role} {ours.status}: {name}", one, other


def compare_targets(
    settings: Settings,
    choices: list[str],
    environment: Mapping[str, str],
    begin: Callable[[int], None],
    advance: Callable[[str], None],
) -> dict[str, Any]:
    """Tell the stories to both; the differences, what was found wrong with the target, and which choices bring the mock nearer.

    Raises:
        StorepactError: the target cannot be asked, or may not be written.

    """
    target = None if settings.is_mock else resolve_live_target(settings, environment)
    if not settings.writable:
        raise UsageError(
            "the stories create, change and delete: give --allow-writes for a live target made for tests"
        )
    wanted = parse_choices(choices)
    with ExitStack() as stack:
        running = stack.enter_context(serve(conditions=MOCK_CONDITIONS))
        running.configure(choices=wanted)
        target = target or start_mock(stack)
        credentials = target.credentials
        theirs = stack.enter_context(
            Harness(settings.engine_options(target.base_url), DEFAULT_FAMILY, credentials)
        )
        mine = stack.enter_context(_on_mock(running, settings, credentials))
        alternatives = [(each.name, value) for each in mock_definition().choices for value in each.values]
        alternatives = [pair for pair in alternatives if pair[0] not in wanted and pair not in _defaults()]
        begin(2 * (len(DEFAULT_FAMILY.scenarios) + len(list(_single(theirs)))) + len(alternatives))
        told = transcript(theirs, heard=lambda name: advance(f"{settings.target}: {name}"))
        ours = transcript(mine, heard=lambda name: advance(f"mock: {name}"))
        found = differences(ours, told)
        telling = _telling(found, told)
        nearer: dict[str, Any] = {"choices": {}, "before": 0, "after": 0}
        if (
            telling and not theirs.recorder.findings
        ):  # which choice comes near to a broken promise is no question
            nearer = _nearer(
                running,
                settings,
                credentials,
                wanted,
                alternatives,
                {name: told[name] for name in telling},
                advance,
            )
        return {
            "format": 1,
            "target": settings.target,
            "choices": wanted,
            "stories": len(ours.keys() & told.keys()),
            "left_out": sorted(
                {scenario.name for scenario in DEFAULT_FAMILY.scenarios}
                - (ours.keys() & told.keys())
                - set(_SIMULTANEOUS)
            ),
            "exchanges": theirs.recorder.exchanges,
            "differences": found,
            "nearer": nearer,
            "findings": [
                {name: getattr(finding, name) for name in ("code", "operation", "message", "fingerprint")}
                for finding in theirs.recorder.findings.values()
            ],
        }


def _telling(found: Sequence[Mapping[str, Any]], told: Transcript) -> list[str]:
    """Few and short stories that show a difference at every place where there is one."""
    places: dict[str, set[str]] = {}
    for row in found:
        places.setdefault(row["where"], set()).update(row["stories"])
    open_rows = list(places.values())
    chosen: list[str] = []
    while open_rows:
        names = sorted(set().union(*open_rows))
        best = max(
            names, key=lambda name: (sum(name in row for row in open_rows) / (1 + len(told[name])), name)
        )
        chosen.append(best)
        open_rows = [row for row in open_rows if best not in row]
    return chosen


def _defaults() -> set[tuple[str, str]]:
    return {(each.name, each.default) for each in mock_definition().choices}


def _on_mock(running: RunningMock, settings: Settings, credentials: Credentials) -> Harness:
    """The mock, told just what the target can be told."""
    here = replace(
        settings,
        target=MOCK,
        project=None,
        environment=None,
        isolation_scope=None,
        allow_writes=True,
    )
    own = mock_credentials(running)
    tokens = {auth: token for auth, token in own.tokens.items() if auth in credentials.tokens}
    options = here.engine_options(running.url)
    if settings.second_scope is None:
        options = replace(options, second_scope=None)
    return Harness(options, DEFAULT_FAMILY, Credentials(tokens))


def _nearer(
    running: RunningMock,
    settings: Settings,
    credentials: Credentials,
    wanted: Mapping[str, str],
    alternatives: Sequence[tuple[str, str]],
    told: Transcript,
    advance: Callable[[str], None],
) -> dict[str, Any]:
    """Which choices make the mock answer more like the target: each alternative tried alone, those that help tried together."""

    def left(choices: Mapping[str, str]) -> int:
        running.configure(choices=choices)
        with _on_mock(running, settings, credentials) as harness:
            mine = transcript(harness, only=told)
        untold = sum(_untold(mine.get(name, ()), told[name]) for name in told)
        return untold + sum(int(row["times"]) for row in differences(mine, told))

    before = left(wanted)
    best: dict[str, tuple[int, str]] = {}
    for name, value in alternatives:
        if before:
            count = left({**wanted, name: value})
            if count < best.get(name, (before, ""))[0]:
                best[name] = (count, value)
        advance(f"choice {name}={value}")
    helping = {name: value for name, (_, value) in sorted(best.items())}
    after = left({**wanted, **helping}) if helping else before
    for name in list(helping):  # some help only alone: what another one explains as well is left out
        fewer = {each: value for each, value in helping.items() if each != name}
        count = left({**wanted, **fewer})
        if count <= after:
            helping, after = fewer, count
    return {"choices": helping, "before": before, "after": after}


def rows(found: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The differences as a table."""
    yield ("where", "mock", found["target"], "times", "for example")
    for row in found["differences"]:
        yield (row["where"], row["mock"], row["target"], str(row["times"]), row["examples"][0])


def summary(found: Mapping[str, Any]) -> list[str]:
    """The last lines on a terminal."""
    lines = []
    nearer = found["nearer"]
    if nearer["choices"]:
        options = " ".join(f"--choice {name}={value}" for name, value in nearer["choices"].items())
        counts = f"of {nearer['before']} members and statuses that differ in the most telling stories {nearer['after']} are left"
        lines.append(f"a mock that is nearer to the target ({counts}):")
        lines.append(f"storepact mock {options}")
    if found["left_out"]:
        lines.append(
            f"not compared, as one of the two, or this run, cannot tell them: {', '.join(found['left_out'])}"
        )
    if found["findings"]:
        lines.append(
            f"{len(found['findings'])} findings on the target: these differences are not allowed; see storepact verify"
        )
        lines += [
            f"  {finding['code']} {finding['operation']}: {finding['message']}"
            for finding in found["findings"][:10]
        ]
    count = len(found["differences"])
    told = f"{count} differences that the documents allow" if count else "no difference"
    return [*lines, f"{found['stories']} stories told to both: {told}"]


def render_markdown(found: Mapping[str, Any]) -> str:
    """The differences as a page."""
    lines = [
        f"# What the mock does not tell of {plain(found['target'])}",
        "",
        *(f"{plain(line)}  " for line in summary(found)),
        "",
    ]
    lines += ["| where | mock | target | times | for example |", "| --- | --- | --- | --- | --- |"]
    for row in found["differences"]:
        cells = (row["where"], row["mock"], row["target"], str(row["times"]), "; ".join(row["examples"]))
        lines.append(f"| {' | '.join(plain(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def verdict(found: Mapping[str, Any]) -> Verdict:
    """Broken if the target breaks a promise; a difference that the documents allow breaks nothing."""
    return Verdict.BROKEN if found["findings"] else Verdict.CONFORMS
