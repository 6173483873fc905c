"""The secrets of traffic: another process that judges the same traffic can register them, too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from storepact.transport.redaction import Secrets

#: A value, and what it is called in findings.
Registration = tuple[str, str]


@dataclass(repr=False)
class TrafficSecrets(Secrets):
    """Secrets with a note of which were registered since the last look."""

    _new: dict[Registration, None] = field(default_factory=dict)
    _noted: set[Registration] = field(default_factory=set)
    _late: list[Registration] = field(default_factory=list)
    """Those of the other process that are registered as soon as a text is masked."""

    def register(self, value: str, label: str) -> None:
        """Register a value to be masked and searched for; `label` describes it in findings."""
        if (value, label) not in self._noted:
            self._noted.add((value, label))
            self._new[value, label] = None
        super().register(value, label)

    def take_new(self) -> tuple[Registration, ...]:
        """The registrations since the last call."""
        if not self._new:
            return ()
        new, self._new = tuple(self._new), {}
        return new

    def register_late(self, registrations: Iterable[Registration]) -> None:
        """Register what another process has registered, but not before a text is to be masked."""
        self._late.extend(registrations)

    def mask_text(self, text: str) -> str:
        """The text with every registered secret masked, in whatever form it is there."""
        if self._late:
            for value, label in self._late:
                self.register(value, label)
            self._late.clear()
        return super().mask_text(text)
