"""Every exception that storepact raises, each with the exit code that it means.

::

    StorepactError
    ├── UsageError               2  the call is wrong: flag, name, folder, missing token
    │   ├── UnknownName          2  a suite, profile or target that does not exist; names the nearest
    │   ├── NoGreenRun           2  no run of the history conforms yet; `latest-green` is then ignored
    │   ├── TokenMissing         2  a live target without the variable of its token
    │   ├── ReportFolderUnusable 2
    │   └── ConfigUnusable       2  a configuration file or variable cannot be used; names its line
    ├── DocumentUnusable         2  the OpenAPI document cannot be used
    ├── PactUnusable             2  a contract cannot be used
    ├── CorpusUnusable           2  the pinned cases cannot be used: damaged, or of another document
    ├── AcceptanceUnusable       2  accepted.json cannot be used
    ├── RecordUnusable           2  a run.json cannot be read
    ├── HistoryUnusable          2  the history cannot be reached, read or written
    │   └── HistoryDamaged       2  its file is damaged, and was set aside
    ├── RequestUnsendable        -  a generated request that no HTTP client may send; never reaches a user
    └── Undetermined             3  nothing can be said about the provider
        ├── TargetUnreachable    3  refused, reset, cut off
        │   ├── ProxyUnusable    3  the proxy in front of it does not connect
        │   ├── ResponseBroken   3  responses begin as HTTP, and break its rules
        │   └── ResponseLost     3  a write has no answer: whether it was done is unknown
        ├── TargetTimedOut       3
        ├── RunEnded             3  the run ends here, with what it has verified
        │   ├── BudgetExhausted  3  --max-requests or --deadline is used up
        │   ├── LimitReached     3  the provider's limit asks for a wait beyond --patience
        │   ├── Outage           3  nothing was answered for --patience
        │   ├── AccessLost       3  a token that was accepted is refused now
        │   └── NetworkUnstable  3  more failures of the network than --max-network-errors
        ├── NotThisApi           3  a server responds, but not this API (or not to this token)
        ├── SetupFailed          3  the target could not be brought into the state that a case needs
        ├── PrerequisiteMissing  3  the run lacks what a test needs; alone it does not change a verdict
        │   └── NotOwned         3  a request would change what is known to be of others; it is not sent
        ├── NothingTested        3  no case, no interaction
        └── BrokerFailed         3  the pact broker cannot be reached, refuses, or has nothing

What the provider does wrong is never an exception: it is a `storepact.model.finding.Finding`.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from storepact.model.network import NetworkFailure, sentence_of_failure
from storepact.model.outcome import Reason, sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class StorepactError(Exception):
    """The base class; the message says what is wrong and what to do next."""

    exit_code = 2


class UsageError(StorepactError):
    """The call itself is wrong."""


class UnknownName(UsageError):
    """A name is not in its closed set."""

    def __init__(self, kind: str, name: str, available: Iterable[str], *, list_with: str = "") -> None:
        """`list_with` is the command that lists long sets."""
        self.kind, self.name, self.available = kind, name, tuple(available)
        by_lower_case = {choice.lower(): choice for choice in self.available}
        near = [by_lower_case[word] for word in get_close_matches(name.lower(), by_lower_case, 1, cutoff=0.5)]
        choices = f"see {list_with}" if list_with else f"choose one of: {', '.join(self.available)}"
        hint = f"did you mean {near[0]!r}?" if near else choices
        super().__init__(f"there is no {kind} {name!r}: {hint}")


class NoGreenRun(UsageError):
    """`latest-green` names no run yet."""


class TokenMissing(UsageError):
    """A live target needs a token, and tokens come from the environment only."""

    def __init__(self, target: str, variable: str = "STOREPACT_TOKEN") -> None:
        """`variable` is where the token was looked for."""
        self.target, self.variable = target, variable
        super().__init__(
            f"no access token for {target}: set {variable} in the environment "
            "(tokens are never taken as arguments)"
        )


class ReportFolderUnusable(UsageError):
    """The report folder cannot be written."""

    def __init__(self, folder: object, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"cannot write reports to {folder}: {reason}; choose another place with --report-dir"
        )


class ConfigUnusable(UsageError):
    """The configuration cannot be used. `where` is a file with its line, or a variable."""

    def __init__(self, where: object, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


class DocumentUnusable(StorepactError):
    """The OpenAPI document cannot be read, resolved or used."""

    def __init__(self, path: object, problem: str, *, line: int | None = None) -> None:
        self.path, self.problem, self.line = path, problem, line
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {problem}")


class PactUnusable(StorepactError):
    """A contract file is not JSON, or not a pact."""

    def __init__(self, path: object, problem: str, *, line: int | None = None) -> None:
        self.path, self.problem, self.line = path, problem, line
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {problem}")


class CorpusUnusable(StorepactError):
    """A file or folder of pinned cases is damaged, missing, or for another document."""

    def __init__(self, path: object, problem: str, *, line: int | None = None) -> None:
        self.path, self.problem, self.line = path, problem, line
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {problem}")


class AcceptanceUnusable(StorepactError):
    """The file of accepted findings cannot be read."""

    def __init__(self, path: object, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}; mend it, or write entries with `storepact accept`")


class RecordUnusable(StorepactError):
    """A record of a run cannot be read."""

    def __init__(self, path: object, problem: str, advice: str = "") -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}; {advice or 'give the run.json of a report folder'}")


class HistoryUnusable(StorepactError):
    """The history of runs cannot be used; `where` never holds a password."""

    def __init__(self, where: object, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"the history at {where}: {problem}")


class HistoryDamaged(HistoryUnusable):
    """The history's file is damaged. `aside` is its new path; None if it could not be moved."""

    def __init__(self, where: object, aside: object | None) -> None:
        self.aside = aside
        moved = (
            f"it was set aside as {aside}, and the next run begins a new one"
            if aside
            else "it could not be set aside: move it away"
        )
        super().__init__(where, f"is damaged; {moved}")


class Undetermined(StorepactError):
    """Nothing can be said about the provider, which is not the same as conforming."""

    exit_code = 3
    reason = Reason.UNDETERMINED


class TargetUnreachable(Undetermined):
    """The target sent no HTTP response."""

    sentence = "cannot reach {url}: {problem}; check the address, and that the provider is running"

    def __init__(self, url: str, problem: str) -> None:
        self.url, self.problem = url, problem
        super().__init__(self.sentence.format(url=url, problem=problem))


class ProxyUnusable(TargetUnreachable):
    """The proxy in front of the target does not connect to it."""

    sentence = "cannot reach {url}: {problem}; check --proxy, or the proxy that the environment names"


class ResponseUnreadable(TargetUnreachable):
    """The target sent an HTTP response that is too large, or breaks the rules of HTTP."""

    sentence = "{url} responds, but its response cannot be read: {problem}"


class ResponseLost(TargetUnreachable):
    """A write has no answer of the API: whether it was done is unknown, and what sent it begins anew."""

    sentence = "the answers to a write at {url} were lost each time: {problem}; run again when they are not"

    def __init__(self, url: str, failure: NetworkFailure, detail: str = "") -> None:
        self.failure = failure
        super().__init__(url, detail or sentence_of_failure(failure))


class TargetTimedOut(Undetermined):
    """The target took longer than the limit."""

    def __init__(self, url: str, seconds: float, detail: str = "") -> None:
        self.url, self.seconds = url, seconds
        why = f" ({detail})" if detail else ""
        super().__init__(f"no answer from {url} within {seconds:g} s{why}; raise the limit with --timeout")


class RunEnded(Undetermined):
    """The run ends here: what was verified until now stands in its record."""


class BudgetExhausted(RunEnded):
    """A budget that the user has set is used up."""


class LimitReached(RunEnded):
    """The provider's limit asks for a longer wait than the run may make."""

    def __init__(self, seconds: float, patience: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"the provider's limit asks for a wait of {seconds:.0f} s, and --patience is {patience:g} s: "
            "run again later, or allow a longer wait"
        )


class Outage(RunEnded):
    """The target answered, and then nothing more for as long as the run may wait."""

    def __init__(self, url: str, seconds: float, failure: NetworkFailure, detail: str = "") -> None:
        self.url, self.failure = url, failure
        why = detail or sentence_of_failure(failure)
        super().__init__(f"{url} has not answered for {seconds:.0f} s ({why}); run again when it does")


class AccessLost(RunEnded):
    """The target accepted a token, and refuses it now."""


class NetworkUnstable(RunEnded):
    """So many exchanges fail that nothing can be said about the provider."""


class NotThisApi(Undetermined):
    """A server responds at the address, but it is not this API."""


class SetupFailed(Undetermined):
    """The target could not be brought into the state that a case needs."""

    reason = Reason.SETUP_FAILED


class PrerequisiteMissing(Undetermined):
    """The run or the provider lacks what a test needs: the test is skipped, for a reason of a closed set.

    `detail` replaces the reason's own sentence.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        super().__init__(sentence_of(reason, detail))


class NotOwned(PrerequisiteMissing):
    """A request would change what is known not to be of its run: it is not sent."""


class NothingTested(Undetermined):
    """Nothing was tested, so nothing is proven."""


class RequestUnsendable(StorepactError):
    """A generated request that no HTTP client may send; the case is dropped."""


class BrokerFailed(Undetermined):
    """The pact broker cannot be used."""

    def __init__(self, url: str, what: str) -> None:
        """`what` is the rest of a sentence that begins with the broker."""
        self.url, self.what = url, what
        super().__init__(f"the broker at {url}: {what}")
