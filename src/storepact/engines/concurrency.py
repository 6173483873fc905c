"""Send several prepared requests at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from storepact.model.case import PreparedRequest
from storepact.model.exchange import Exchange

#: Seconds that a thread waits for the others before it sends.
_PATIENCE = 5


def send_together(
    send: Callable[[PreparedRequest], Exchange], requests: Sequence[PreparedRequest]
) -> list[Exchange]:
    """Send each request in a thread of its own, all at once; returns the exchanges in the same order.

    Raises:
        StorepactError: the first error of any of them.

    """
    barrier = threading.Barrier(len(requests))
    exchanges: dict[int, Exchange] = {}
    errors: list[BaseException] = []

    def send_at_barrier(index: int) -> None:
        try:
            barrier.wait(timeout=_PATIENCE)
            exchanges[index] = send(requests[index])
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=send_at_barrier, args=(index,), daemon=True) for index in range(len(requests))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [exchanges[index] for index in range(len(requests))]
