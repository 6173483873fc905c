"""Comparison of discriminators: the member that tells alternatives apart, and what its values stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.alternatives import Alternatives
from storepact.drift.constructs import Omission, omissions
from storepact.drift.schema_pairs import Comparison, Result, SchemaChange
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.references import reference_target

_COMPARED = frozenset({"propertyName", "mapping", "defaultMapping"})

#: The name in mappings of what stands for every other value.
_DEFAULT = "every other value"


def compare_discriminators(pair: Comparison) -> Iterator[Result]:
    """Every difference of the discriminators of two schemas."""
    before, after = _discriminators(pair.ours), _discriminators(pair.theirs)
    names = [
        " and ".join(sorted({str(node.get("propertyName")) for _, node in side})) for side in (before, after)
    ]
    if names[0] != names[1]:
        what = "added" if not before else "removed" if not after else "changed"
        yield pair.change(f"discriminator-{what}", *names)
    if not before or not after:
        return
    yield from _compare_mappings(pair)
    for (our_pointer, our_node), (their_pointer, their_node) in zip(before, after, strict=False):
        yield from _omissions(our_node, their_node, (our_pointer, their_pointer))


def _discriminators(schema: Alternatives) -> list[tuple[str, Mapping[str, object]]]:
    return [
        (f"{pointer}/discriminator", node["discriminator"])
        for pointer, node in schema.nodes.items()
        if isinstance(node.get("discriminator"), Mapping)
    ]


def _omissions(
    before: Mapping[str, object], after: Mapping[str, object], pointers: tuple[str, str]
) -> Iterator[Omission]:
    yield from omissions(before, after, _COMPARED, pointers)


def _compare_mappings(pair: Comparison) -> Iterator[Result]:
    before, after = _mapping(pair.ours), _mapping(pair.theirs)
    for value in dict.fromkeys((*before, *after)):
        if value not in after:
            yield pair.change("mapping-value-removed", value, "")
        elif value not in before:
            yield pair.change("mapping-value-added", "", value)
        else:
            yield from _compare_targets(pair, value, before[value], after[value])


def _compare_targets(pair: Comparison, value: str, before: str, after: str) -> Iterator[Result]:
    ours, theirs = _target(pair.ours.document, before), _target(pair.theirs.document, after)
    if ours is None or theirs is None:
        if before != after:
            yield _mapping_change(pair, value, before, after)
        return
    is_composed = any(
        schema.keyword(word) for schema in (pair.ours, pair.theirs) for word in ("oneOf", "anyOf")
    )
    if before.rpartition("/")[2] != after.rpartition("/")[2] and not pair.judge.is_equal(ours, theirs):
        yield _mapping_change(pair, value, before, after)
    elif not is_composed:  # else they are compared among the alternatives
        yield pair.step("", ours, theirs)


def _mapping_change(pair: Comparison, value: str, before: str, after: str) -> SchemaChange:
    return pair.change("mapping-changed", f"{value}: {before}", f"{value}: {after}")


def _mapping(schema: Alternatives) -> dict[str, str]:
    """What each value stands for: a reference, or the name of a component."""
    targets: dict[str, str] = {}
    for _, node in _discriminators(schema):
        mapping = node.get("mapping")
        if isinstance(mapping, Mapping):
            targets.update({str(value): str(target) for value, target in mapping.items()})
        if "defaultMapping" in node:
            targets[_DEFAULT] = str(node["defaultMapping"])
    return targets


def _target(document: Document, target: str) -> Alternatives | None:
    pointer = reference_target(target) if target.startswith("#") else f"/components/schemas/{escape(target)}"
    try:
        return Alternatives.at(document, document.settle(pointer))
    except (KeyError, IndexError, ValueError, TypeError):
        return None
