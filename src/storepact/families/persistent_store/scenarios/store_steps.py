"""The steps of scenarios about stores: change a segment, wait for the writer, judge what it has left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from storepact.checks.evidence import Observation
from storepact.checks.judgement import make_finding
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.steps import create, read
from storepact.families.persistent_store.stores.embedded import (
    REGION,
    EmbeddedDynamoDB,
    EmbeddedRedis,
    embedded_dynamodb,
)
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.flaw import FlawKind
from storepact.model.outcome import STORE, Reason
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Seconds and reads after which a failure that must show in `_status` counts as not shown, and seconds for
#: what takes the writer some time: to write all changes, to connect again.
_PATIENCE, _FEWEST_READS = 10.0, 30
LONG_PATIENCE = 120.0

#: Heartbeats within which a failure must show.
_HEARTBEATS = 3

#: Seconds between two reads.
_PAUSE = 0.05

#: Synchronizations after a change within which the writer must have written it.
_TURNS = 3

Status = Mapping[str, Json]


@lean_value(frozen=True)
class Segment:
    """A big segment, and the contexts that a change includes, excludes and no more has."""

    key: str
    generation: int = 1
    included: Sequence[str] = ()
    excluded: Sequence[str] = ()
    removed: Sequence[str] = ()
    """Contexts that are neither included nor excluded any more."""

    @property
    def reference(self) -> str:
        """How stores name it."""
        return f"{self.key}.g{self.generation}"


@dataclass
class Memberships:
    """What the target was given: by context, whether it is in the segments."""

    expected: dict[str, dict[str, bool]] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    """The segments that it is about; other changes of the environment are in the store, too."""
    version: str = ""
    """The version of the last change."""

    def of(self, membership: Mapping[str, bool]) -> dict[str, bool]:
        """The part of a membership that is about these segments."""
        return {name: value for name, value in membership.items() if name in self.references}

    def sample(self, stride: int) -> Memberships:
        """The same of every so many-th context."""
        few = dict([*self.expected.items()][::stride])
        return Memberships(few, self.references, self.version)

    def change(self, story: Story, segment: Segment) -> None:
        """Have the target change a segment."""
        removed = list(segment.removed)
        self.references.add(segment.reference)
        self.version = _send_change(
            story,
            segment,
            included={"add": list(segment.included), "remove": removed},
            excluded={"add": list(segment.excluded), "remove": removed},
        )
        for value, keys in ((False, segment.excluded), (True, segment.included)):
            for key in keys:  # a reference in both sets counts as included
                self.expected.setdefault(key, {})[segment.reference] = value
        for key in removed:
            self.expected.setdefault(key, {}).pop(segment.reference, None)


def _send_change(story: Story, segment: Segment, **sets: Mapping[str, Sequence[str]]) -> str:
    project, environment = story.scope.keys[:2]
    place = {"projectKey": project, "environmentKey": environment, "segmentKey": segment.key}
    body = {**place, "generation": segment.generation, **sets}
    answer = send_command(story, f"change the segment {segment.reference}", "segments", body)
    return str(answer["version"])


def send_command(story: Story, does: str, command: str, body: Json) -> Mapping[str, Json]:
    """Send a command of the mock; returns the body of the response.

    Raises:
        PrerequisiteMissing: the target has no such commands, or refuses this one.

    """
    exchange = story.follow(does, f"/__mock__/{command}", method="POST", auth=Auth.CONTROL, body=body)
    answer = exchange.response.json
    if exchange.response.status not in (200, 201, 204):
        message = f"the target refused the command {command} with {exchange.response.status}"
        raise PrerequisiteMissing(Reason.NO_STORE, message)
    return answer if isinstance(answer, Mapping) else {}


def create_redis(story: Story, store: EmbeddedRedis, **members: Json) -> Resource:
    """Create an integration that is on, for an embedded Redis."""
    gateway = store.gateway
    password = gateway.password or OMIT
    config = {"host": "127.0.0.1", "port": str(gateway.port), "username": OMIT, "password": password}
    config["tlsEnabled"] = gateway.tls is not None
    story.stores.append(store.program)
    return create(story, on=True, config=config, does=f"create an integration for {store.program}", **members)


@contextmanager
def prepare_dynamodb(story: Story) -> Iterator[EmbeddedDynamoDB]:
    """An embedded DynamoDB that the target uses from now on."""
    with embedded_dynamodb() as store:
        story.stores.append(store.program)
        send_command(story, "say where DynamoDB is", "stores", {"dynamodbEndpoint": store.url})
        yield store


def create_dynamodb(story: Story, table: str) -> Resource:
    """Create an integration that is on, for a table."""
    return create(story, "dynamodb", on=True, config={"tableName": table, "region": REGION})


def read_status(story: Story, integration: Resource) -> Status:
    """`_status` of an integration."""
    body = read(story, integration).response.json
    status = body.get("_status") if isinstance(body, Mapping) else None
    return status if isinstance(status, Mapping) else {}


def last_sync(status: Status) -> int:
    """The time of the last synchronization, in milliseconds since 1970; 0 where there is none."""
    value = status.get("lastSync")
    return value if isinstance(value, int) else 0


def wait_for(
    story: Story, integration: Resource, holds: Callable[[Status], bool], patience: float = 0.0
) -> tuple[Status, bool]:
    """Read `_status` until a condition holds, or longer than it may take; returns whether it holds, too."""
    end, begin = time.monotonic() + (patience or _PATIENCE), len(story.entries)
    while True:
        status = read_status(story, integration)
        is_late = time.monotonic() > end and len(story.entries) - begin >= _FEWEST_READS
        if is_late or holds(status):
            del story.entries[begin:-1]  # the last read says it all
            return status, not is_late or holds(status)
        time.sleep(_PAUSE)


def patience_of(heartbeat: float) -> float:
    """The seconds within which a failure must show, where the writer has so many between two heartbeats."""
    return max(_PATIENCE, _HEARTBEATS * heartbeat)


def await_heartbeat(story: Story, integration: Resource) -> float:
    """Wait until the store is written twice; returns the seconds between the two times.

    Raises:
        StoryEnded: the target does not write to the store, which is reported.

    """
    first = last_sync(wait_for_write(story, integration))
    later, _ = wait_for(story, integration, lambda status: last_sync(status) > first, LONG_PATIENCE)
    return max(0, last_sync(later) - first) / 1000


def wait_for_write(
    story: Story, integration: Resource, is_current: Callable[[], bool] = lambda: True
) -> Status:
    """Wait until the store is and stays in step, or the writer was there several times since.

    Raises:
        StoryEnded: the target does not write to the store, which is reported.

    """
    turns: set[int] = set()
    in_step: set[int] = set()

    def holds(status: Status) -> bool:
        if status.get("available") is not True:
            return False
        turns.add(last_sync(status))
        if is_current():
            in_step.add(last_sync(status))
        return len(in_step) > 1 or len(turns) > _TURNS

    status, is_written = wait_for(story, integration, holds, LONG_PATIENCE)
    if not is_written:
        report_status(
            story, "not synchronized", "the store can be reached and is not written", "available: true"
        )
        raise StoryEnded
    return status


def report(story: Story, code: str, observation: Observation) -> None:
    """Report what is wrong with a store."""
    api = story.workspace.family.api
    story.report_beside(make_finding(code, observation, source=STORE, operation=STORE, api=api))


def report_all(story: Story, observations: Iterable[StoreObservation]) -> bool:
    """Report what is wrong with a store; returns whether anything is."""
    is_wrong = False
    for code, observation in observations:
        report(story, code, observation)
        is_wrong = True
    return is_wrong


def report_status(story: Story, locus: str, problem: str, expected: str, actual: str = "") -> None:
    """Report that `_status` does not say what happens to the store."""
    message = f"{problem}, and _status does not say so" if actual else problem
    report(
        story,
        "SP714",
        Observation(locus, message, FlawKind.VALUE, expected=expected, actual=actual or "available: false"),
    )
