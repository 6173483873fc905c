"""What a user selects of a run: operations and checks. What is left out is named in the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storepact.checks import CHECKS
from storepact.checks.lookup import find_check
from storepact.model.errors import UnknownName, UsageError
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.run.settings import Settings


def selected_operations(settings: Settings, document: Document) -> tuple[str, ...]:
    """Return the ids of the operations that `--operation` names; none, if it names none.

    Raises:
        UnknownName: the document has no such operation; the nearest is named.

    """
    return tuple(dict.fromkeys(find_operation(name, document).id for name in settings.operation))


def find_operation(name: str, document: Document) -> Operation:
    """Return the operation with this id, or with this method and path: its template, or a path of it.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    by_name = {operation.id.lower(): operation for operation in document.operations.values()}
    by_name |= {label(operation).lower(): operation for operation in document.operations.values()}
    words = name.split()
    operation = by_name.get(" ".join(words).lower())
    if operation is None and len(words) == 2:
        operation = document.match(words[0].upper(), words[1])
    if operation is None:
        names = [*document.operations, *map(label, document.operations.values())]
        raise UnknownName("operation", name, names)
    return operation


def label(operation: Operation) -> str:
    """An operation by its method and path."""
    return f"{operation.method} {operation.path}"


def excluded_checks(settings: Settings) -> tuple[str, ...]:
    """Return the codes of the checks that `--check` and `--exclude-check` leave out.

    Raises:
        UnknownName: there is no such check; the nearest is named.
        UsageError: they leave none.

    """
    chosen = _codes(settings.check) or {check.code for check in CHECKS}
    kept = chosen - _codes(settings.exclude_check)
    if not kept:
        raise UsageError("--check and --exclude-check leave no check: nothing would be verified")
    return tuple(check.code for check in CHECKS if check.code not in kept)


def _codes(names: Iterable[str]) -> set[str]:
    return {find_check(word).code for name in names for word in name.split(",")}


def left_out(document: Document, operations: tuple[str, ...], checks: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of the operations that are not among these, and of the checks with these codes."""
    if operations:
        yield from (name for name in document.operations if name not in operations)
    yield from (f"{check.code} {check.name}" for check in CHECKS if check.code in checks)
