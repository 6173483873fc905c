"""Refusals that are not in the form of the API's errors, with statuses that applications refuse with.

A gateway in trouble sends some of them, too. They are taken for the provider's answers until there are
findings about one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storepact.engines.prepare import Preparer
from storepact.engines.recurrences import Recurrences
from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import NetworkUnstable
from storepact.model.exchange import Exchange, Response
from storepact.model.network import NetworkFailure
from storepact.model.values import lean_value
from storepact.transport.responses import has_members

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: Waited out by the run, whoever sends it.
_LIMITED = 429

#: So many reads of the list in a row get such a refusal, too, where it is that of everything.
_READS = 3


@lean_value(frozen=True)
class ForeignRefusals:
    """Tells a gateway's from the provider's, which come each time."""

    target: Target
    preparer: Preparer
    recurrences: Recurrences

    def check(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        """Make sure that a response, about which there are findings, is no such refusal, or comes each time.

        Raises:
            ResponseLost: it is one, and did not come each time.
            NetworkUnstable: whatever the request is, there is no other response.

        """
        if not self._is_foreign(exchange.response):
            return
        status = str(exchange.response.status)
        if all(self._refuses_list(exchange.response.status) for _ in range(_READS)):
            raise NetworkUnstable(
                f"{self.target.address} answers {status} to the list, too, and not in the form of the API's "
                "errors; run again when it does not"
            )
        self.recurrences.lose(
            f"{prepared.role} {status}",
            self.recurrences.place,
            NetworkFailure.GATEWAY,
            status,
            f"a request was answered with {status}, and not in the form of the API's errors",
        )

    def _is_foreign(self, response: Response) -> bool:
        members = self.preparer.family.api.error_members
        is_refusal = 400 <= response.status < 500 and response.status != _LIMITED
        return is_refusal and bool(members) and not has_members(response, members)

    def _refuses_list(self, status: int) -> bool:
        if not self.preparer.has_operation("list"):
            return False
        listing = Case(self.preparer.operation("list").id, source="setup")
        response = self.target.send(self.preparer.prepare(listing)).response
        return response.status == status and self._is_foreign(response)
