"""What a story has sent, created and shown: its entries, its resources and its findings."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storepact.engines.story_steps import Entry, Resource, Step
from storepact.engines.story_text import StoryText
from storepact.model.api import Scope
from storepact.model.errors import PrerequisiteMissing
from storepact.model.finding import Finding

if TYPE_CHECKING:
    from storepact.engines.workspace import Workspace


def _every(code: str, operation: str) -> bool:
    return True


@dataclass
class StoryRecord:
    """What one story on one target has sent and shown.

    `report` is called with every finding; `suite` is their source. The story works in the first of `scopes`.
    """

    workspace: Workspace
    suite: str
    scopes: tuple[Scope, ...]
    report: Callable[[Finding], None]
    known_findings: frozenset[str] = frozenset()
    """Fingerprints of findings that end the story and are not reported again."""
    scenario: str = ""
    """The name of the scenario that it plays."""
    report_stale: Callable[[Finding], None] | None = None
    """Called with each finding of a read that was only late; it does not end the story."""
    stale: list[Finding] = field(default_factory=list)
    """These findings."""
    beside: list[Finding] = field(default_factory=list)
    """Findings that no exchange shows, such as those about a store; they do not end the story."""
    reports: Callable[[str, str], bool] = _every
    """Whether findings of a check (its code) about an operation are reported."""
    stores: list[str] = field(default_factory=list)
    """The stores that the scenario has started: program and version."""
    findings: list[Finding] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    finished: bool = False
    last_step: Step | None = None
    """The step that was sent last, answered or not."""
    unsent: list[tuple[Step, PrerequisiteMissing]] = field(default_factory=list)
    """Steps that the run may not send, and why."""
    paths: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    """The entries up to each finding, by its fingerprint."""

    def next_name(self) -> str:
        """The name of the next resource: A, B, …"""
        index = len(self.resources)
        return string.ascii_uppercase[index % 26] + (str(index // 26) if index >= 26 else "")

    def add_stale(self, step: Step, findings: Sequence[Finding]) -> None:
        """Note the first response to a read that was late, and what is wrong with it."""
        exchange = findings[0].exchange if findings else None
        if exchange is None:
            return
        self.entries.append(Entry(step, exchange))
        for finding in findings:
            whole = self._with_story(finding)
            self.stale.append(whole)
            if self.report_stale is not None:
                self.report_stale(whole)

    def record(self, finding: Finding) -> None:
        """Keep and report a finding with the story that shows it, unless it is known."""
        recorded = {earlier.fingerprint for earlier in self.findings}
        if finding.fingerprint in self.known_findings | recorded:
            return
        whole = self._with_story(finding)
        self.findings.append(whole)
        self.paths[whole.fingerprint] = tuple(self.entries)
        self.report(whole)

    def _with_story(self, finding: Finding) -> Finding:
        """The finding with the steps so far."""
        steps, script = self._text().render()
        creates = any(entry.step.role == "create" for entry in self.entries)
        requests = tuple(entry.to_sent_request() for entry in self.entries)
        return finding.with_(
            story=steps, curl=script, creates=creates, requests=requests, scenario=self.scenario
        )

    def report_beside(self, finding: Finding) -> None:
        """Report a finding that no exchange shows; the story goes on."""
        whole = self._with_story(finding)
        if not self.reports(finding.code, ""):
            return
        if whole.fingerprint not in {earlier.fingerprint for earlier in self.beside}:
            self.beside.append(whole)
            self.report(whole)

    def _text(self) -> StoryText:
        """The story so far, for the reader: steps, responses in one line, and curl lines that repeat them."""
        # of an id that is given twice the first variable is known to every line that needs it
        names = {resource.id: resource.name for resource in reversed(self.resources)}
        workspace = self.workspace
        deletion_line = workspace.sender.reproducer.deletion_line
        target = workspace.target
        return StoryText(
            self.entries, names, target.shown_url, workspace.family.api, deletion_line, target.header_names
        )
