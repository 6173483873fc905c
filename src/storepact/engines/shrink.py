"""Shrinking: the smallest request that still shows a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from storepact.engines.shrink_budget import Grant
from storepact.engines.workspace import Workspace
from storepact.model.case import NOTHING, Case
from storepact.model.errors import StorepactError
from storepact.model.finding import Finding


def shrink(workspace: Workspace, case: Case, finding: Finding, grant: Grant) -> Finding:
    """The same finding, shown by the smallest request that the granted exchanges lead to."""
    best, current = finding, case
    progress = True
    while progress:
        progress = False
        for candidate in smaller_cases(current):
            if not grant.take(1):
                return best
            try:
                _, findings = workspace.send_case(candidate, finding.source)
            except StorepactError:
                return best
            same = _matching(findings, finding)
            if same is not None:
                best, current, progress = same, candidate, True
                break
    return best


def _matching(findings: list[Finding], finding: Finding) -> Finding | None:
    """The finding among these that is the same one and comes from the same mutation."""
    match = next((item for item in findings if item.fingerprint == finding.fingerprint), None)
    return match if match is not None and match.mutation == finding.mutation else None


def smaller_cases(case: Case) -> Iterator[Case]:
    """The case with one part less, the biggest parts first."""
    if case.query:
        yield replace(case, query=())
    for index in range(len(case.path_parameters)):
        yield replace(case, path_parameters=case.path_parameters[:index] + case.path_parameters[index + 1 :])
    for index in range(len(case.headers)):
        yield replace(case, headers=case.headers[:index] + case.headers[index + 1 :])
    if isinstance(case.body, bytes):
        if len(case.body) > 1:
            yield case.with_body(case.body[: len(case.body) // 2])
    elif case.body is not NOTHING:
        for value in smaller_values(case.body):
            yield case.with_body(value)


def smaller_values(value: Any) -> Iterator[Any]:
    """JSON values with one part less, the biggest parts first."""
    if isinstance(value, dict):
        for name in value:
            yield {key: member for key, member in value.items() if key != name}
        for name, member in value.items():
            for smaller in smaller_values(member):
                yield {**value, name: smaller}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, member in enumerate(value):
            for smaller in smaller_values(member):
                yield [*value[:index], smaller, *value[index + 1 :]]
    elif isinstance(value, str) and len(value) > 8:
        yield value[: len(value) // 2]
