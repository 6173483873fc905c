"""The requests that show a finding again on a fresh target, as curl lines and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from storepact.engines.late import GONE
from storepact.engines.prepare import Preparer
from storepact.model.case import NOTHING, Auth, PreparedRequest
from storepact.model.curl import CurlLines, keep_id
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.story import SentRequest
from storepact.model.values import lean_value
from storepact.transport.credentials import placeholder

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: The shell variables that hold the id of the resource of a curl line, and that of one beside it.
_VARIABLE, _BESIDE = "ID", "BESIDE"


@lean_value(frozen=True)
class Reproduction:
    """What shows an exchange again."""

    curl: str = ""
    """The curl lines: the create of its resource, the request, the deletion."""
    creates: bool = False
    """Whether the curl lines create what the request needs."""
    requests: tuple[SentRequest, ...] = ()
    """The requests of the lines, without those that delete in the end."""


class Reproducer:
    """Keeps what later responses may depend on, and makes the requests that show an exchange again."""

    def __init__(self, target: Target, preparer: Preparer) -> None:
        self._target, self._preparer = target, preparer
        self._creates: dict[str, Exchange] = {}
        self._counts: Counter[str] = Counter()
        self._unreadable: Exchange | None = None

    def note(self, prepared: PreparedRequest, exchange: Exchange, created: str | None) -> None:
        """Keep what the responses to later requests may depend on; `created` is the id of a new resource."""
        if created is not None:
            self._counts[prepared.path] += 1
        is_unreadable = prepared.body is not None and prepared.json is NOTHING
        self._unreadable = exchange if is_unreadable else None

    def keep_create(self, identifier: str, exchange: Exchange) -> None:
        """Keep the exchange that created a resource, for the curl lines of requests to it."""
        self._creates[identifier] = exchange.abridge()

    def reproduce(self, prepared: PreparedRequest, exchange: Exchange) -> Reproduction:
        """What shows an exchange again."""
        create = self._create_of(prepared, exchange)
        is_list = prepared.role == "list" and prepared.method == "GET"
        if create is not None:
            curl = self._lines_with_create(prepared, exchange, create)
            requests: Iterator[SentRequest] = self._requests_before(
                create, prepared.created_id or "", exchange
            )
        elif is_list:
            curl, requests = self._list_lines(exchange), self._creations()
        else:
            curl, requests = self._own_lines(prepared, exchange), iter(())
        creates = prepared.creates or create is not None or (is_list and bool(self._creates))
        return Reproduction(curl, creates, (*requests, self._last_request(prepared, exchange)))

    def _create_of(self, prepared: PreparedRequest, exchange: Exchange) -> Exchange | None:
        """The exchange that created the resource of a request; None if its path names none of this run."""
        identifier = prepared.created_id or ""
        return self._creates.get(identifier) if identifier in exchange.request.path else None

    # as curl lines

    def _curl_lines(self, names: Mapping[str, str] | None = None) -> CurlLines:
        return CurlLines(self._target.shown_url, names or {}, header_names=self._target.header_names)

    def _lines_with_create(self, prepared: PreparedRequest, exchange: Exchange, create: Exchange) -> str:
        """The lines of a request to a resource that this run has created."""
        lines = self._curl_lines({prepared.created_id or "": _VARIABLE})
        first = keep_id(lines.line(create), _VARIABLE, self._preparer.family.api.id_member)
        before = self._lines_before(lines, create, exchange)
        deletion = self.deletion_line(lines, create.request.path, _VARIABLE)
        return "\n".join(filter(None, (first, *before, lines.line(exchange), deletion)))

    def _lines_before(self, lines: CurlLines, create: Exchange, exchange: Exchange) -> Iterator[str]:
        """Yield the lines of what may have caused a response, after the create of the resource.

        A resource that is gone may have ended with another one beside it: an equal one is created and
        deleted. A server that fails may do so after the body that it could not read.
        """
        collection, status = create.request.path, exchange.response.status
        if status in GONE and self._counts[collection] > 1:
            yield keep_id(lines.line(create), _BESIDE, self._preparer.family.api.id_member)
            yield self.deletion_line(lines, collection, _BESIDE)
        if status >= 500 and self._unreadable is not None:
            yield lines.line(self._unreadable)

    def _list_lines(self, exchange: Exchange) -> str:
        """The lines that repeat a list, with a resource of each collection that this run has created in."""
        lines = self._curl_lines()
        creates = {create.request.path: create for create in self._creates.values()}
        variables = {f"{_VARIABLE}{number}": create for number, create in enumerate(creates.values(), 1)}
        member = self._preparer.family.api.id_member
        before = [keep_id(lines.line(create), name, member) for name, create in variables.items()]
        after = [self.deletion_line(lines, create.request.path, name) for name, create in variables.items()]
        return "\n".join(filter(None, (*before, lines.line(exchange), *after)))

    def _own_lines(self, prepared: PreparedRequest, exchange: Exchange) -> str:
        """The line of a request that needs no resource; what it creates is deleted."""
        lines = self._curl_lines()
        if not prepared.creates:
            return lines.line(exchange)
        line = keep_id(lines.line(exchange), _VARIABLE, self._preparer.family.api.id_member)
        return "\n".join(filter(None, (line, self.deletion_line(lines, exchange.request.path, _VARIABLE))))

    def deletion_line(self, lines: CurlLines, path: str, *variables: str) -> str:
        """The line that deletes what was created at a path; empty if the document has no deletion."""
        collection = path.partition("?")[0]
        prepared = self._preparer.prepare_deletion(collection, _VARIABLE)
        return "" if prepared is None else lines.deletion(collection, dict(prepared.headers), *variables)

    # as data

    def _last_request(self, prepared: PreparedRequest, exchange: Exchange) -> SentRequest:
        """The request of the exchange itself."""
        identifier = self._preparer.family.resource_id(exchange.response.json) if prepared.creates else None
        return SentRequest(
            exchange.abridge(),
            role=prepared.role or "",
            kind=prepared.case.variant or "",
            created=identifier or "",
            absent=prepared.case.absent,
        )

    def _requests_before(
        self, create: Exchange, identifier: str, exchange: Exchange
    ) -> Iterator[SentRequest]:
        """Yield the create of a resource, and the requests of `_lines_before`."""
        yield _creation(create, identifier)
        collection, status = create.request.path, exchange.response.status
        if status in GONE and self._counts[collection] > 1:
            yield _creation(create, _BESIDE)
            deletion = self._preparer.prepare_deletion(collection, _BESIDE)
            if deletion is not None:
                headers = (*deletion.headers, ("Authorization", placeholder(Auth.WRITER)))
                request = Request(deletion.method, deletion.path, headers)
                yield SentRequest(Exchange(request, Response(204, (), b"")), role="delete")
        if status >= 500 and self._unreadable is not None:
            yield SentRequest(self._unreadable)

    def _creations(self) -> Iterator[SentRequest]:
        """The last create of this run in each collection."""
        creates = {create.request.path: (key, create) for key, create in self._creates.items()}
        return (_creation(create, key) for key, create in creates.values())


def _creation(exchange: Exchange, identifier: str) -> SentRequest:
    """The create of a resource that a later request needs."""
    return SentRequest(exchange, role="create", created=identifier)
