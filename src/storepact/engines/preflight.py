"""The preflight: what is settled once per run before anything is tested, whatever the number of workers."""

from __future__ import annotations

from dataclasses import dataclass

from storepact.engines.family import Family, Scope
from storepact.engines.options import EngineOptions
from storepact.engines.workspace import Workspace
from storepact.model.case import READER_VARIABLE, Auth, Case, PreparedRequest
from storepact.model.errors import NotThisApi, TargetUnreachable, UsageError
from storepact.model.exchange import NOT_JSON, Exchange
from storepact.model.finding import Finding
from storepact.model.network import Traffic
from storepact.openapi.document import Document
from storepact.transport.credentials import Credentials
from storepact.transport.journal import leftovers_of


@dataclass(frozen=True)
class Preflight:
    """What the preflight settled; handed to the harness of each process of the run."""

    scope: Scope
    """Where the run works."""


def run_preflight(
    options: EngineOptions,
    family: Family,
    credentials: Credentials,
    document: Document,
    traffic: Traffic | None = None,
) -> Preflight:
    """Delete what an earlier run left, make sure that the API responds, and choose the scope to work in.

    Nothing that it creates remains on the target. What it sends is counted in `traffic`.

    Raises:
        TargetUnreachable, TargetTimedOut: nothing responds.
        NotThisApi: something else does, or it accepts neither the token nor the scope.
        UsageError: a further scope cannot be used.

    """
    scope = options.scopes[0]
    with Workspace(options, family, credentials, document, scope, NoLog()) as workspace:
        if traffic is not None:
            workspace.target.delivery.traffic = traffic
        try:
            return _settle(workspace, options)
        finally:
            workspace.close_down()


class NoLog:
    """Records nothing: what the preflight sends is part of no test."""

    def observe(self, prepared: PreparedRequest, exchange: Exchange, findings: list[Finding]) -> None:
        """Ignore one exchange."""


def _settle(workspace: Workspace, options: EngineOptions) -> Preflight:
    if options.journal is not None and options.writable:
        workspace.inventory.delete_entries(leftovers_of(options.journal, options.base_url))
    if options.is_mock or not options.writable:
        check_connection(workspace, by_creating=options.writable)
        scope = options.scopes[0]
    else:
        check_connection(workspace, by_creating=False)
        scope = choose_scope(workspace, options.scopes)
    if not options.is_mock:
        check_reader_token(workspace)
        check_isolation_scopes(workspace, scope, options)
    return Preflight(scope)


def check_connection(workspace: Workspace, *, by_creating: bool) -> None:
    """Make sure that the API responds and accepts the token.

    Where it refuses to list, `by_creating` tries a create.

    Raises:
        TargetUnreachable, TargetTimedOut: nothing responds.
        NotThisApi: something else does, or it accepts neither the token nor the scope.

    """
    exchange = _list(workspace, Auth.WRITER)
    response, url = exchange.response, workspace.target.base_url
    if response.status == 0:
        raise TargetUnreachable(url, "the connection is cut without an answer")
    if 200 <= response.status < 300 and response.json is not NOT_JSON:
        return
    if response.status >= 500:
        return  # this API or not, it fails, and the checks report that
    if response.json is NOT_JSON:
        media = response.header("Content-Type") or "nothing"
        hint = "is that the address of the API, and not of a web site or a proxy?"
        raise NotThisApi(
            f"{url} does not look like this API: listing answered {response.status} with {media}; {hint}"
        )
    status = workspace.try_create(workspace.scope) if by_creating else response.status
    if not 200 <= status < 300:
        _raise_refusal(url, status)


def _list(workspace: Workspace, auth: Auth) -> Exchange:
    return workspace.target.send(
        workspace.prepare(Case(workspace.preparer.operation("list").id, source="setup", auth=auth))
    )


def _raise_refusal(url: str, status: int) -> None:
    reasons = {
        401: "does not know the token (401); check STOREPACT_TOKEN",
        403: "lets the token do nothing (403); give one that may list and create integrations",
        404: "answers 404 to everything: is it this API, and do --project and --environment exist there?",
        429: "has no calls left for the token (429); try again later",
    }
    if status in reasons:
        raise NotThisApi(f"{url} {reasons[status]}")


def check_reader_token(workspace: Workspace) -> None:
    """Make sure that the read-only token is accepted, where one was given.

    Raises:
        NotThisApi: it is not.

    """
    if not workspace.target.credentials.has(Auth.READER):
        return
    if _list(workspace, Auth.READER).response.status == 401:
        raise NotThisApi(
            f"{workspace.target.base_url} does not know the token that may only read (401); "
            f"check {READER_VARIABLE}"
        )


def choose_scope(workspace: Workspace, candidates: tuple[Scope, ...]) -> Scope:
    """The first scope in which a resource can be created; nothing remains there.

    Raises:
        NotThisApi: there is none.

    """
    for scope in candidates:
        if workspace.try_create(scope) != 404:
            return scope
    tried = ", ".join(map(str, candidates))
    raise NotThisApi(
        f"{workspace.target.base_url} has none of the environments {tried}; "
        "name yours with --project and --environment"
    )


def check_isolation_scopes(workspace: Workspace, scope: Scope, options: EngineOptions) -> None:
    """Make sure that each further scope exists and is not the one that the run works in.

    Raises:
        UsageError: one does not, or is.

    """
    for further in options.isolation_scopes if options.writable else ():
        if further == scope:
            raise UsageError(
                f"--isolation-scope {further} is where the run works already; name another place"
            )
        status = workspace.try_create(further)
        if not 200 <= status < 300 and status != 409 and status < 500:
            raise UsageError(
                f"--isolation-scope {further}: a create there answers {status}; "
                "name a project and environment that exist and that the token may write to"
            )
