"""An outcome: the result of one test of a suite, and why something was not tested."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from storepact.model.values import lean_value

#: The suite that compares the pacts with the document: it sends nothing.
DOCUMENT = "document"

#: The suites of a whole run, in the order in which they run.
SUITES = (DOCUMENT, "pacts", "lifecycle", "protection", "conformance")

#: The suite about stores, which runs only where it is named: it needs an extra, and a target that can reach
#: this machine. The check of a store has its name, too.
STORE = "store"

#: Every suite that a run can have.
ALL_SUITES = (*SUITES, STORE)


class Status(StrEnum):
    """The status of one outcome: what was not tested has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"


class Verdict(StrEnum):
    """The result of a whole run."""

    CONFORMS = "conforms"
    BROKEN = "broken"
    UNDETERMINED = "undetermined"

    @property
    def exit_code(self) -> Literal[0, 1, 3]:
        """0 conforms, 1 broken, 3 undetermined (2 is for wrong usage, which has no verdict)."""
        codes: dict[Verdict, Literal[0, 1, 3]] = {
            Verdict.CONFORMS: 0,
            Verdict.BROKEN: 1,
            Verdict.UNDETERMINED: 3,
        }
        return codes[self]


class OutcomeKind(StrEnum):
    """What an outcome is the result of."""

    QUESTION = "question"
    """One variant of an operation in one phase of generation."""
    INTERACTION = "interaction"
    """One interaction of a pact, verified on the target."""
    CONTRACT = "contract"
    """One interaction of a pact, compared with the OpenAPI document."""
    SCENARIO = "scenario"
    JOURNEY = "journey"
    DOCUMENT = "document"
    """The OpenAPI document itself."""
    STORE = "store"
    """The content of a store."""


class Reason(StrEnum):
    """Why something failed, was skipped, was not tested or stayed undetermined."""

    READ_ONLY = "read_only"
    NOTHING_TO_READ = "nothing_to_read"
    NO_READER_TOKEN = "no_reader_token"  # noqa: S105
    NO_STORE = "no_store"
    """The target cannot write to a store of this machine."""
    NO_SECOND_SCOPE = "no_second_scope"
    MOCK_ONLY = "mock_only"
    CONCURRENT_REQUESTS = "concurrent_requests"
    """Depends on other requests at the same moment, which only a mock can be made to simulate."""
    ORPHANED_TOKEN = "orphaned_token"  # noqa: S105
    """Needs a token whose project is gone, which only a mock has."""
    DELETES_NOTHING = "deletes_nothing"
    """What this run deleted is still listed: it does not create more than it has to."""
    NOT_OWNED = "not_owned"
    """It would have changed a resource that this run did not create."""
    OUTSIDE_SCOPE = "outside_scope"
    """It would have written to another place than the run may write to."""
    NO_ROOM_FOR_MARK = "no_room_for_mark"
    """What it creates would not carry the mark of the run."""
    ENABLE_NOT_ALLOWED = "enable_not_allowed"
    RESOURCE_BUDGET = "resource_budget"
    """So many resources exist already that the run may not create a further one."""
    LARGE_LIST = "large_list"
    """The list is so large that a run reads it now and then only."""
    SCOPE_FULL = "scope_full"
    """The provider holds so many resources in one place that the run could not create a further one."""
    DELETES_REFUSED = "deletes_refused"
    """What this run created could not be deleted: it creates nothing more."""
    NOT_TESTED = "not_tested"
    NOT_REACHED = "not_reached"
    OPTIONAL = "optional"
    """The document allows it and does not require it: nothing is owed."""
    NOT_OFFERED = "not_offered"
    """The provider does not do what the test is about, as the document allows."""
    PENDING = "pending"
    """The pact calls the interaction pending, and it fails."""
    UNDESCRIBED = "undescribed"
    FINDINGS = "findings"
    SETUP_FAILED = "setup_failed"
    UNDETERMINED = "undetermined"
    ENGINE_FAILED = "engine_failed"
    SKIPPED = "skipped"
    """Skipped by pytest, or by the test itself."""
    RUN_FAILED = "run_failed"
    """The run as a whole is undetermined."""
    NOT_SELECTED = "not_selected"
    """The user has left it out: of the operations, or of the checks."""
    OTHER_SHARD = "other_shard"
    """Another shard of the same plan tests it."""
    MAX_FAILURES = "max_failures"
    """The run ended before, after as many findings as the user has set."""
    NOT_PUBLISHED = "not_published"
    """The broker was not given a result."""

    @property
    def depends_on_mock(self) -> bool:
        """Whether only a mock can be brought into the state that is needed."""
        return self in (Reason.MOCK_ONLY, Reason.CONCURRENT_REQUESTS, Reason.ORPHANED_TOKEN)


_MOCK_ONLY = "only a mock can be brought into this state"

#: The sentence of each reason; for the others the detail is the sentence.
_SENTENCES = {
    Reason.READ_ONLY: "the target is read-only; allow writes with --allow-writes",
    Reason.NOTHING_TO_READ: "the target is read-only and holds nothing to test this with",
    Reason.NO_READER_TOKEN: "no read-only token given (STOREPACT_READER_TOKEN)",
    Reason.NO_STORE: "the target does not write to stores of this machine: only a mock with --sync does, "
    "whose key is in STOREPACT_MOCK_CONTROL",
    Reason.NO_SECOND_SCOPE: "no further scope given (--isolation-scope PROJECT/ENV)",
    Reason.MOCK_ONLY: _MOCK_ONLY,
    Reason.CONCURRENT_REQUESTS: f"depends on other requests at the same moment; {_MOCK_ONLY}",
    Reason.ORPHANED_TOKEN: f"needs a token whose project is gone; {_MOCK_ONLY}",
    Reason.DELETES_NOTHING: "what this run deletes is listed for ever, and so would be all that this creates",
    Reason.NOT_OWNED: "not sent: it would have changed what this run did not create",
    Reason.OUTSIDE_SCOPE: "not sent: this run may not write there",
    Reason.NO_ROOM_FOR_MARK: "not sent: the body has no room for the mark of the run",
    Reason.ENABLE_NOT_ALLOWED: "not sent: it would switch on a resource; allow that with --allow-enable",
    Reason.RESOURCE_BUDGET: "not sent: as many resources exist as the run may create (--max-resources)",
    Reason.LARGE_LIST: "not sent: the list is large, so that one in so many checks of it is sent",
    Reason.SCOPE_FULL: "the provider holds no further resource there",
    Reason.DELETES_REFUSED: "not sent: two deletes were refused, so this run creates nothing more",
    Reason.NOT_TESTED: "it was not tested",
    Reason.NOT_REACHED: "no request led to it",
    Reason.OPTIONAL: "allowed, but not required: no response was like this",
    Reason.NOT_SELECTED: "not selected (--operation, --check, --exclude-check)",
    Reason.OTHER_SHARD: "the other shards test it; `storepact merge` makes the record of all",
    Reason.MAX_FAILURES: "the run ended before, after as many findings as --max-failures allows",
    Reason.UNDESCRIBED: "returned, though the document does not describe it",
}


def sentence_of(reason: Reason, detail: str = "") -> str:
    """The reason in words: `detail` if there is one, else the reason's own sentence."""
    return detail or _SENTENCES.get(reason, "")


@lean_value(frozen=True)
class Outcome:
    """The result of one test. `name` is pytest's id of it; `seconds` is wall clock."""

    suite: str
    name: str
    status: Status
    label: str = ""
    """The test's name within its suite; empty for a test without parameters."""
    kind: OutcomeKind | None = None
    operation: str = ""
    """The operationId, of a question."""
    consumer: str = ""
    interaction: str = ""
    """The description of the interaction, without the consumer's name."""
    file: str = ""
    """The pact's file name."""
    reason: Reason | None = None
    detail: str = ""
    """What the reason's own sentence does not say."""
    seconds: float = 0.0


@lean_value(frozen=True)
class NotVerified:
    """Something that the run did not test, and why."""

    what: str
    reason: Reason
    detail: str = ""
