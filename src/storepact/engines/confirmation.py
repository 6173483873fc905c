"""Makes sure that what there are findings about is the provider's response to its request alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from storepact.engines.duplicates import Duplicates
from storepact.engines.foreign_refusals import ForeignRefusals
from storepact.engines.inventory import Inventory
from storepact.engines.ordinary_writes import OrdinaryWrites
from storepact.engines.prepare import Preparer
from storepact.engines.recurrences import Recurrences
from storepact.model.case import PreparedRequest
from storepact.model.errors import ResponseLost
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.model.network import NetworkFailure

if TYPE_CHECKING:
    from storepact.transport.client import Target


class Confirmation:
    """Looks at what something on the way may have caused; only for live targets."""

    def __init__(
        self, target: Target, preparer: Preparer, inventory: Inventory, read: Callable[[str], Exchange]
    ) -> None:
        """`read` reads a path; nothing judges it."""
        self._target, self._inventory = target, inventory
        writes = OrdinaryWrites(target, preparer, inventory)
        self._recurrences = Recurrences(target, writes)
        self._refusals = ForeignRefusals(target, preparer, self._recurrences)
        self._duplicates = Duplicates(target, preparer, inventory, read, writes, self._recurrences)

    def confirm(
        self,
        prepared: PreparedRequest,
        exchange: Exchange,
        findings: list[Finding],
        versions: Mapping[str, int],
    ) -> None:
        """Make sure that the findings are about the provider's response to this request alone.

        `versions` are those that resources had before it, by their ids, as far as they are known.

        Raises:
            ResponseLost: they are not, and what sent it begins anew.
            AccessLost: the token is refused, whatever the request is.
            NetworkUnstable: something on the way sends each write twice.

        """
        self._target.confirm(prepared, exchange.response.status)
        if self._inventory.lost.recover_late():
            raise ResponseLost(self._target.address, NetworkFailure.TIMEOUT, "it was done later")
        self._recurrences.begin_unit()
        self._refusals.check(prepared, exchange)
        self._duplicates.check(prepared, exchange, findings, versions)

    def confirm_together(
        self, requests: Sequence[PreparedRequest], exchanges: Sequence[Exchange], versions: Mapping[str, int]
    ) -> None:
        """Make sure that responses to simultaneous requests, which contradict each other, are the provider's.

        Raises:
            ResponseLost, NetworkUnstable: as `confirm`.

        """
        self._recurrences.begin_unit()
        self._duplicates.check_together(requests, exchanges, versions)
