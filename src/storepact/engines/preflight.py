"""The preflight: what is settled once per run before anything is tested, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from storepact.engines.capacity import FULL_STATUSES
from storepact.engines.deletions import Leftover
from storepact.engines.family_rules import FamilyRules
from storepact.engines.former_runs import FormerRuns, delete_former
from storepact.engines.options import EngineOptions
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.counts import many
from storepact.model.errors import (
    NotThisApi,
    PrerequisiteMissing,
    TargetUnreachable,
    Undetermined,
    UsageError,
)
from storepact.model.exchange import NOT_JSON, Exchange, Response
from storepact.model.finding import Finding
from storepact.model.network import Traffic
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.transport.credentials import Credentials
from storepact.transport.responses import failure_on_the_way, has_members, may_be_of_application


@lean_value(frozen=True)
class Preflight:
    """What the preflight settled; handed to the harness of each process of the run."""

    scope: Scope
    """Where the run works."""
    existing: int | None = None
    """How many resources the target lists, in all scopes; None if that is not known."""
    check_stride: int = 1
    """How many-th check of the list by a scenario is sent: more than one where the list is large."""
    list_size: int = 0
    """Bytes of the list."""
    problem: str = ""
    """Why nothing that needs a create can be verified; empty where there is no reason."""
    leftovers: tuple[str, ...] = ()
    """What this run or an earlier one created and what could not be deleted, a line for each."""
    notes: tuple[str, ...] = ()
    """What is wrong with the journals of earlier runs, and was left alone."""
    token: str = field(default="", repr=False)
    """The token that may write, where the target has refused the one that the preflight began with."""


def run_preflight(
    options: EngineOptions,
    family: FamilyRules,
    credentials: Credentials,
    document: Document,
    traffic: Traffic | None = None,
) -> Preflight:
    """Make sure that the API responds, choose the scope to work in, and delete what an earlier run left.

    Nothing that it creates remains on the target. A target that is not this API gets five requests at most,
    and nothing is created. What it sends is counted in `traffic`.

    Raises:
        TargetUnreachable, TargetTimedOut: nothing responds.
        NotThisApi: something else does, or it accepts neither the token nor the scope.
        UsageError: a further scope cannot be used.

    """
    scope, initial, former = options.scopes[0], credentials, FormerRuns()
    with Workspace(options, family, credentials, document, scope, NoLog(), options.scopes) as workspace:
        if traffic is not None:
            workspace.target.delivery.traffic = traffic
        try:
            preflight = _settle(workspace, options)
            leftovers = tuple(workspace.finish())
        except Undetermined as error:
            raise _with_leftovers(error, workspace) from None
        credentials = workspace.target.credentials
    if options.journal is not None and options.writable:
        with Workspace(options, family, credentials, document, scope, NoLog()) as workspace:
            scopes = (*options.scopes, *options.isolation_scopes)
            try:
                former = delete_former(workspace, options.journal, scopes)
            except Undetermined as error:
                raise Undetermined("; ".join((str(error), *_lines_of(leftovers)))) from None
            credentials = workspace.target.credentials
    token = "" if credentials == initial else credentials.tokens[Auth.WRITER]
    remaining = tuple(map(str, (*leftovers, *former.leftovers)))
    return replace(preflight, leftovers=remaining, notes=former.notes, token=token)


def _with_leftovers(error: Undetermined, workspace: Workspace) -> Undetermined:
    """The error that ends the run, with what the preflight created and could not delete."""
    try:
        remaining = list(_lines_of(workspace.finish()))
    except Undetermined as second:
        remaining = list(_lines_of(workspace.leftovers(str(second))))
    return Undetermined("; ".join((str(error), *remaining))) if remaining else error


def _lines_of(leftovers: Iterable[Leftover]) -> Iterator[str]:
    return (f"could not delete {leftover}" for leftover in leftovers)


class NoLog:
    """Records nothing: what the preflight sends is part of no test."""

    def observe(self, prepared: PreparedRequest, exchange: Exchange, findings: list[Finding]) -> None:
        """Ignore one exchange."""


def _settle(workspace: Workspace, options: EngineOptions) -> Preflight:
    if options.is_mock:
        check_connection(workspace, by_creating=True)
        return Preflight(options.scopes[0])
    existing = check_connection(workspace, by_creating=False)
    check_reader_token(workspace)
    if not options.writable:
        return _with_list(workspace, Preflight(options.scopes[0], existing))
    check_deletion(workspace)
    scope, problem = choose_scope(workspace, options.scopes)
    check_isolation_scopes(workspace, scope, options)
    return _with_list(workspace, Preflight(scope, existing, problem=problem))


def _with_list(workspace: Workspace, preflight: Preflight) -> Preflight:
    """The preflight with the size of the list, and what follows from it."""
    lists = workspace.target.delivery.lists
    if lists is None:
        return preflight
    return replace(preflight, list_size=lists.latest, check_stride=lists.stride)


def check_connection(workspace: Workspace, *, by_creating: bool) -> int | None:
    """Make sure that the API responds and accepts the token; returns how many resources it lists.

    Where it refuses to list, `by_creating` tries a create. The number is None where it is not known.

    Raises:
        TargetUnreachable, TargetTimedOut: nothing responds.
        NotThisApi: something else does, or it accepts neither the token nor the scope.

    """
    exchange = _list(workspace, Auth.WRITER)
    response, url = exchange.response, workspace.target.address
    if response.status == 0:
        raise TargetUnreachable(url, "the connection is cut without an answer")
    if 200 <= response.status < 300 and response.json is not NOT_JSON:
        return _count_listed_resources(workspace, response.json)
    is_asked = not by_creating and response.status not in (401, 403, 429)
    if response.status >= 500 or (is_asked and _is_served(workspace, response)):
        return None  # its list fails, and the checks report that
    if response.json is NOT_JSON:
        media = response.header("Content-Type") or "nothing"
        hint = "is that the address of the API, and not of a web site or a proxy?"
        raise NotThisApi(
            f"{url} does not look like this API: listing answered {response.status} with {media}; {hint}"
        )
    status = workspace.try_create(workspace.scope) if by_creating else response.status
    if not 200 <= status < 300:
        _raise_refusal(workspace, status)
    return None


def _is_served(workspace: Workspace, listed: Response) -> bool:
    """Whether an unknown id is refused as by this API, where the run may create: its list is broken."""
    members = workspace.family.api.error_members
    is_foreign = failure_on_the_way(listed, members) and not may_be_of_application(listed)
    if is_foreign or not members or not workspace.target.writable:
        return False
    response = workspace.target.send(workspace.prepare_absent("get")).response
    return response.status == 404 and has_members(response, members)


def _count_listed_resources(workspace: Workspace, body: Json) -> int | None:
    """How many resources a response lists; None if it is no list, and a missing resource is refused.

    Raises:
        NotThisApi: it is no list, and a resource that does not exist is found, too.

    """
    items = workspace.family.api.resources_in(body)
    if items is not None:
        return len(items)
    absent = workspace.target.send(workspace.prepare_absent("get"))
    if 200 <= absent.response.status < 300:
        raise NotThisApi(
            f"{workspace.target.address} does not look like this API: listing shows no "
            f"{workspace.family.api.list_member!r}, and an id that does not exist is answered with "
            f"{absent.response.status}; is that the address of the API?"
        )
    return None


def check_deletion(workspace: Workspace) -> None:
    """Make sure that the token may delete, with an id that does not exist.

    Raises:
        NotThisApi: it may not.

    """
    deletion = workspace.prepare_absent("delete")
    try:
        exchange = workspace.repeat_lost_requests(lambda: workspace.target.send(deletion))
    except PrerequisiteMissing:  # the id seems to exist: the checks report that
        return
    status = exchange.response.status
    if status in (401, 403):
        raise NotThisApi(
            f"{workspace.target.address} does not let the token delete ({status}), and a run deletes "
            "what it creates; give one that may list, create and delete, or leave out --allow-writes"
        )


def _list(workspace: Workspace, auth: Auth) -> Exchange:
    return workspace.target.send(
        workspace.prepare(Case(workspace.preparer.operation("list").id, source="setup", auth=auth))
    )


def _raise_refusal(workspace: Workspace, status: int) -> None:
    source = workspace.target.credentials.source_of(Auth.WRITER)
    reasons = {
        401: f"does not accept the token (401); check {source}",
        403: "lets the token do nothing (403); give one that may list and create",
        404: "answers 404 to everything: is it this API, and do --project and --environment exist there?",
        429: "has no calls left for the token (429); try again later",
    }
    if status in reasons:
        raise NotThisApi(f"{workspace.target.address} {reasons[status]}")


def check_reader_token(workspace: Workspace) -> None:
    """Make sure that the read-only token is accepted, where one was given.

    Raises:
        NotThisApi: it is not.

    """
    target = workspace.target
    if target.credentials.has(Auth.READER) and _list(workspace, Auth.READER).response.status == 401:
        source = target.credentials.source_of(Auth.READER)
        refusal = "does not accept the token that may only read (401)"
        raise NotThisApi(f"{target.address} {refusal}; check {source}")


def choose_scope(workspace: Workspace, candidates: tuple[Scope, ...]) -> tuple[Scope, str]:
    """The first scope in which a resource can be created, and what is wrong with it; nothing remains there.

    Raises:
        NotThisApi: there is none.

    """
    full: dict[Scope, str] = {}
    for scope in candidates:
        status = workspace.try_create(scope)
        count = 0
        if status in FULL_STATUSES:
            count, _ = workspace.inventory.count_in(scope)
        if count:
            full[scope] = _describe_full(workspace, scope, count, status)
        elif status != 404:
            return scope, ""
    for scope, problem in full.items():
        return scope, problem
    tried = ", ".join(map(str, candidates))
    raise NotThisApi(
        f"{workspace.target.address} has none of the environments {tried}; a create there is answered "
        "with 404: name yours with --project and --environment"
    )


def _describe_full(workspace: Workspace, scope: Scope, count: int, status: int) -> str:
    """Why nothing could be created in a scope that holds resources of others."""
    return (
        f"{scope} holds {many(count, workspace.family.api.resource)} of others, and an ordinary create there "
        f"is answered with {status}: it may be full, so nothing that needs a create could be verified; "
        "name a place with room with --project and --environment"
    )


def check_isolation_scopes(workspace: Workspace, scope: Scope, options: EngineOptions) -> None:
    """Make sure that each further scope exists and is not the one that the run works in.

    Raises:
        UsageError: one does not, or is.

    """
    for further in options.isolation_scopes if options.writable else ():
        if further == scope:
            raise UsageError(f"--isolation-scope {further} is where the run works; name another place")
        status = workspace.try_create(further)
        if not 200 <= status < 300 and status != 409 and status < 500:
            hint = "name a project and environment that exist and that the token may write to"
            raise UsageError(f"--isolation-scope {further}: a create there answers {status}; {hint}")
