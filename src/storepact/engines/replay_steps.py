"""The requests of a recorded story, sent again as steps."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from storepact.engines.replay_values import Substitutions
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Entry, Resource, Step
from storepact.model.api import Scope
from storepact.model.case import Case
from storepact.model.errors import Undetermined
from storepact.record.values import SentRequest


class NotRepeatable(Undetermined):
    """The record does not hold what it takes to send the requests of a finding again."""


@dataclass
class RecordedSteps:
    """Sends recorded requests as the steps of a story."""

    story: Story
    values: Substitutions
    last_sent: SentRequest | None = None

    def send_all(self, requests: Sequence[SentRequest]) -> bool:
        """Send them; returns whether the last one was sent."""
        sendable = [request for request in requests if request.role]
        with contextlib.suppress(StoryEnded):
            for simultaneous, group in groupby(sendable, lambda request: request.simultaneous):
                if simultaneous:
                    self._send_together(list(group))
                    continue
                for request in group:
                    self._send(request)
        return bool(sendable) and self.last_sent is sendable[-1]

    def _send_together(self, requests: Sequence[SentRequest]) -> None:
        pairs = [(request, step) for request in requests if (step := self._step(request)) is not None]
        first = len(self.story.entries)
        try:
            self.story.run_concurrently([step for _, step in pairs])
        finally:
            for (request, _), entry in zip(pairs, self.story.entries[first:], strict=False):
                self._learn(request, entry)

    def _send(self, request: SentRequest) -> None:
        """Send one step, unless what it is aimed at does not exist now."""
        step = self._step(request)
        if step is None:
            return
        try:
            self.story.send(step)
        finally:
            if self.story.entries and self.story.entries[-1].step is step:
                self._learn(request, self.story.entries[-1])

    def _learn(self, request: SentRequest, entry: Entry) -> None:
        self.last_sent = request
        self.values.learn(request, entry.created.id if entry.created else "", entry.exchange)

    def _step(self, request: SentRequest) -> Step | None:
        preparer, api = self.story.workspace.preparer, self.story.workspace.family.api
        operation = preparer.operation(request.role)
        path = self.values.path(operation, request.path)
        place = self.values.place(operation, path)
        if place is None:
            raise NotRepeatable(f"the document has no path like {request.path}")
        scope, kind, identifier = place
        if identifier is not None and not self.values.may_name(identifier, request):
            return None
        ordinary = preparer.prepare(Case(operation.id, kind, "story"), identifier, scope)
        headers = self.values.changed_headers(request, ordinary.headers)
        return Step(
            request.does.replace("{", "(").replace("}", ")") or f"{request.role} {api.resource}",
            request.role,
            scope,
            kind,
            self._resource(identifier, kind or "", scope),
            self.values.story_body(request),
            self.values.auth(request),
            headers,
            self.values.mark(request),
            tunnelled=self.values.uses_tunnel(request),
        )

    def _resource(self, identifier: str | None, kind: str, scope: Scope) -> Resource | None:
        if identifier is None:
            return None
        existing = next((entry for entry in self.story.resources if entry.id == identifier), None)
        return existing or Resource("X", identifier, kind, scope)


def why_incomplete(story: Story, requests: Sequence[SentRequest]) -> str:
    """Why a story was not sent to its end."""
    sent, total = len(story.entries), len(requests)
    if story.findings:
        first = story.findings[0]
        return f"the story ends at step {sent} of {total} with another finding: {first.code} {first.message}"
    status = story.entries[-1].exchange.response.status if story.entries else 0
    return f"the story ends at step {sent} of {total}, which was answered with {status}"
