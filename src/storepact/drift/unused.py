"""Components and definitions that no compared operation refers to: differences of them are not compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storepact.drift.constructs import Omission, Omitted
from storepact.drift.equality import reach, to_json
from storepact.drift.pair import OperationPair
from storepact.model.tree import walk
from storepact.openapi.document import Document
from storepact.openapi.pointers import pointer_to
from storepact.openapi.references import reference_target

_DEFINITIONS = ("$defs", "definitions")


def unused_definitions(
    ours: Document, theirs: Document, pairs: Iterable[OperationPair]
) -> Iterator[Omission]:
    """What differs among the components and definitions that nothing compared refers to."""
    pairs = list(pairs)
    before = _unused_definitions(ours, [pair.before.item_pointer for pair in pairs])
    after = _unused_definitions(theirs, [pair.after.item_pointer for pair in pairs])
    for pointer in dict.fromkeys((*before, *after)):
        if before.get(pointer) != after.get(pointer):
            yield Omission(Omitted.UNUSED, pointer)


def _unused_definitions(document: Document, roots: list[str]) -> dict[str, str]:
    """The JSON text of what is not referred to, by its pointer."""
    reached = {reference_target(reference): text for reference, text in reach(document, roots)}
    used = {above for pointer in reached for above in _with_parents(pointer)}
    used |= _security_schemes(document, roots)
    definitions = dict(_components(document))
    for root in (*dict.fromkeys(roots), *reached):
        if any(f'"{word}"' in reached.get(root, to_json(document.at(root))) for word in _DEFINITIONS):
            definitions.update(_inner_definitions(document, root))
    return {pointer: text for pointer, text in definitions.items() if pointer not in used}


def _with_parents(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _components(document: Document) -> Iterator[tuple[str, str]]:
    for group, members in (document.data.get("components") or {}).items():
        if isinstance(members, dict) and group != "examples" and not str(group).startswith("x-"):
            yield from (
                (pointer_to(("components", group, name)), to_json(node)) for name, node in members.items()
            )


def _inner_definitions(document: Document, root: str) -> Iterator[tuple[str, str]]:
    for path, node in walk(document.at(root)):
        if path and path[-1] in _DEFINITIONS and isinstance(node, dict):
            yield from (
                (f"{root}{pointer_to((*path, name))}", to_json(value)) for name, value in node.items()
            )


def _security_schemes(document: Document, roots: list[str]) -> set[str]:
    """The pointers of the security schemes that are required somewhere."""
    names = {name for item in document.data.get("security") or () for name in item}
    for root in dict.fromkeys(roots):
        item = document.resolve(document.at(root))
        operations = item.values() if isinstance(item, dict) else ()
        names |= {
            name
            for operation in operations
            if isinstance(operation, dict)
            for requirement in operation.get("security") or ()
            for name in requirement
        }
    return {pointer_to(("components", "securitySchemes", name)) for name in names}
