"""The members that decisions of openapi/DECISIONS.md are about."""

from __future__ import annotations

from collections.abc import Mapping

#: By the D-number of a decision, JSON pointers within an integration; what they hold is meant, too.
DECISIONS_BY_MEMBER: Mapping[str, tuple[str, ...]] = {
    "D1": ("/_status/lastSync", "/_status/lastError", "/_status/errors"),
    "D2": ("/config",),
    "D4": ("/integrationKey",),
    "D8": ("/_access/denied", "/_access/allowed"),
    "D9": ("/config/port",),
    "D11": ("/_id",),
    "D14": ("/config/externalId",),
    "D16": ("/_status",),
    "D23": (),  # about null, which a finding may be about in any member: no member of its own
}
