"""The head of a response is sent with its body; a head that nothing follows is sent, too."""

from __future__ import annotations

import pytest

from storepact.mock.joined_writes import JoinedWrites


class _Transport:
    """Notes what is done with it."""

    def __init__(self):
        self.calls = []

    def write(self, data):
        self.calls.append(data)

    def close(self):
        self.calls.append("closed")

    def is_closing(self):
        return "closed" in self.calls


@pytest.mark.parametrize(
    ("steps", "calls"),
    [
        ([("head", b"h"), ("body", b"b")], [b"hb"]),
        ([("head", b"h"), ("body", b"")], [b"h"]),
        ([("head", b"h"), ("end", b"")], [b"h"]),
        ([("head", b"h"), ("close", b"")], [b"h", "closed"]),
        ([("other", b"100"), ("head", b"h"), ("body", b"b")], [b"100", b"hb"]),
        ([("head", b"h"), ("body", b"b"), ("body", b"c"), ("end", b"")], [b"hb", b"c"]),
        ([("other", b"400"), ("close", b"")], [b"400", "closed"]),
    ],
)
def test_a_head_waits_for_what_follows(steps, calls):
    """Everything is sent, in its order, before the connection is closed."""
    transport = _Transport()
    step = ""
    joined = JoinedWrites(transport, lambda: step in ("head", "body"))
    for step, data in steps:
        if step == "close":
            joined.close()
        elif step == "end":
            joined.flush()
        else:
            joined.write(data)
    assert transport.calls == calls
    assert joined.is_closing() == ("closed" in calls)
