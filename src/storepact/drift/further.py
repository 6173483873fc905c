"""Comparison of what schemas hold beside types, members and limits: conditions, `not`, remarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import IGNORED, WHOLE, to_text
from storepact.drift.constraints import presence
from storepact.drift.constructs import SCHEMA_KEYWORDS, Omission, Omitted, omission_of
from storepact.drift.discriminators import compare_discriminators
from storepact.drift.equality import to_json
from storepact.drift.expansion import ANNOTATIONS, conditions_of, expand
from storepact.drift.schema_pairs import Comparison, Result, SchemaChange
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape

#: Nodes below this depth are left out of texts of rules that are compared as a whole.
_DEEPEST = 12

_REMARKS = (
    ("description", "description-changed"),
    ("example", "example-changed"),
    ("examples", "example-changed"),
    ("title", "annotation-changed"),
    ("externalDocs", "annotation-changed"),
    ("$comment", "annotation-changed"),
)


def compare_further(pair: Comparison) -> Iterator[Result]:
    """Every difference of two schemas that is not one of a single alternative."""
    yield from _compare_conditions(pair)
    yield from _compare_negations(pair)
    yield from _compare_dependents(pair)
    yield from _compare_wholes(pair)
    yield from compare_discriminators(pair)
    yield from _compare_remarks(pair)
    yield from _compare_unknown(pair)


# conditions


def _compare_conditions(pair: Comparison) -> Iterator[Result]:
    """Conditions that do not decide between alternatives, by the text of their `if`."""
    ours, theirs = _conditions(pair.ours), _conditions(pair.theirs)
    gone, new = (
        [text for text in mine if text not in others] for mine, others in ((ours, theirs), (theirs, ours))
    )
    if len(gone) == len(new) == 1:
        yield pair.change("other-rule-changed", f"if {gone[0]}", f"if {new[0]}")
        gone, new = [], []
    for text in gone:
        yield pair.change("other-rule-removed", f"if {text}", "")
    for text in new:
        yield pair.change("other-rule-added", "", f"if {text}")
    for text in ours:
        for word in ("then", "else") if text in theirs else ():
            before = _branch_of(pair.ours.document, ours[text], word)
            after = _branch_of(pair.theirs.document, theirs[text], word)
            if before is not None or after is not None:
                yield pair.step("", before, after)


def _conditions(schema: Alternatives) -> dict[str, str]:
    """The pointers of conditions by the text of their `if`."""
    document = schema.document
    conditions = {}
    for pointer, node in schema.nodes.items():
        for place in conditions_of(document, pointer, node):
            if not _decides(schema, pointer, place):
                conditions[to_text(without_annotations(document, document.at(f"{place}/if")))] = place
    return conditions


def _decides(schema: Alternatives, pointer: str, place: str) -> bool:
    """Whether every alternative with this schema is one that a condition without `else` leads to."""
    document = schema.document
    if "else" in document.at(place):
        return False
    places = list(conditions_of(document, pointer, document.at(pointer)))
    tests = [set(branch) for item in places for branch in expand(document, f"{item}/if")]
    return all(any(test <= set(branch) for test in tests) for branch in schema.branches if pointer in branch)


def _branch_of(document: Document, place: str, word: str) -> Alternatives | None:
    return Alternatives.at(document, f"{place}/{word}") if word in document.at(place) else None


# negations and dependents


def _compare_negations(pair: Comparison) -> Iterator[SchemaChange]:
    before, after = _schemas_of(pair.ours, "not"), _schemas_of(pair.theirs, "not")
    if before.keys() == after.keys():
        return
    old, new = (f"not {' and not '.join(sorted(texts))}" if texts else "" for texts in (before, after))
    what = presence(before, after)
    if len(before) == len(after) == 1:
        (our_schema,), (their_schema,) = before.values(), after.values()
        if pair.judge.is_equal(our_schema, their_schema):
            return
        if pair.judge.contains(our_schema, their_schema, tight_is_ours=False):
            what = "widened"
        elif pair.judge.contains(their_schema, our_schema, tight_is_ours=True):
            what = "narrowed"
    yield pair.change(f"other-rule-{what}", old, new)


def _schemas_of(schema: Alternatives, word: str) -> dict[str, Alternatives]:
    document = schema.document
    return {
        to_text(without_annotations(document, node[word])): Alternatives.at(document, f"{pointer}/{word}")
        for pointer, node in schema.nodes.items()
        if word in node
    }


def _compare_dependents(pair: Comparison) -> Iterator[Result]:
    """Members that need others: names are compared, schemas have their own comparison."""
    before, after = _needs(pair.ours), _needs(pair.theirs)
    gone, new = before - after, after - before
    if gone or new:
        what = "changed" if gone and new else "narrowed" if new else "widened"
        if not before or not after:
            what = presence(before, after)
        yield pair.change(f"other-rule-{what}", _needs_text(before), _needs_text(after))
    mine, others = _dependent_schemas(pair.ours), _dependent_schemas(pair.theirs)
    for name in dict.fromkeys((*mine, *others)):
        if name in mine and name in others:
            yield pair.step("", mine[name], others[name])
        else:
            what = "removed" if name in mine else "added"
            text = f"other rules beside {name}"
            yield pair.change(f"other-rule-{what}", *((text, "") if name in mine else ("", text)))


def _needs(schema: Alternatives) -> set[tuple[str, str]]:
    return {
        (name, str(need))
        for word in ("dependentRequired", "dependencies")
        for needs in schema.keyword(word)
        for name, others in (needs.items() if isinstance(needs, Mapping) else ())
        for need in (others if isinstance(others, list) else ())
    }


def _needs_text(needs: set[tuple[str, str]]) -> str:
    return ", ".join(f"{name} needs {need}" for name, need in sorted(needs))


def _dependent_schemas(schema: Alternatives) -> dict[str, Alternatives]:
    return {
        name: Alternatives.at(schema.document, f"{pointer}/{word}/{escape(name)}")
        for pointer, node in schema.nodes.items()
        for word in ("dependentSchemas", "dependencies")
        for name, dependent in (node.get(word) or {}).items()
        if isinstance(dependent, Mapping | bool)
    }


def _compare_wholes(pair: Comparison) -> Iterator[SchemaChange]:
    """Compositions of too many combinations, compared as a whole."""
    before, after = (_whole_texts(schema) for schema in (pair.ours, pair.theirs))
    if before != after:
        yield pair.change(f"other-rule-{presence(before, after)}", " and ".join(before), " and ".join(after))


def _whole_texts(schema: Alternatives) -> list[str]:
    document = schema.document
    wholes = ({pointer.rpartition("/")[2]: document.at(pointer)} for pointer in schema.pointers_with(WHOLE))
    return sorted(f"a composition: {to_text(without_annotations(document, whole))}" for whole in wholes)


def without_annotations(document: Document, node: Json, depth: int = 0) -> Json:
    """A node with references resolved, and without what only describes; deep parts are cut off."""
    node = document.resolve(node)
    if depth > _DEEPEST:
        return "…"
    if isinstance(node, Mapping):
        return {
            name: without_annotations(document, value, depth + 1)
            for name, value in node.items()
            if name not in ANNOTATIONS and not str(name).startswith("x-")
        }
    return (
        [without_annotations(document, value, depth + 1) for value in node]
        if isinstance(node, list)
        else node
    )


# remarks and what is not compared


def _compare_remarks(pair: Comparison) -> Iterator[SchemaChange]:
    ours, theirs = pair.ours, pair.theirs
    for word, rule in _REMARKS:
        texts = [_texts(schema, word) for schema in (ours, theirs)]
        if texts[0] != texts[1]:
            yield pair.change(rule, *texts)
    deprecated = [sum(flag is True for flag in schema.keyword("deprecated")) for schema in (ours, theirs)]
    if deprecated[0] != deprecated[1]:
        states = [f"{count} deprecated" if count else "not deprecated" for count in deprecated]
        yield pair.change("member-deprecated" if deprecated[1] > deprecated[0] else "member-revived", *states)
    access = [
        ", ".join(word for word in ("readOnly", "writeOnly") if True in schema.keyword(word))
        for schema in (ours, theirs)
    ]
    if access[0] != access[1]:
        yield pair.change("access-changed", *(text or "read and written" for text in access))
    written = [_texts(schema, "xml") for schema in (ours, theirs)]
    if written[0] != written[1]:
        yield pair.change("xml-changed", *written)


def _texts(schema: Alternatives, word: str) -> str:
    return " / ".join(sorted(set(map(to_text, schema.keyword(word)))))


def _compare_unknown(pair: Comparison) -> Iterator[Omission]:
    before, after = _unknown(pair.ours), _unknown(pair.theirs)
    for text in before.keys() ^ after.keys():
        word, pointer = before.get(text) or after[text]
        yield Omission(omission_of(word), f"{pointer}/{escape(word)}")
    ignored = [
        {to_json(schema.document.at(pointer)): pointer for pointer in schema.pointers_with(IGNORED)}
        for schema in (pair.ours, pair.theirs)
    ]
    for text in ignored[0].keys() ^ ignored[1].keys():
        yield Omission(Omitted.IGNORED, ignored[0].get(text) or ignored[1][text])


def _unknown(schema: Alternatives) -> dict[str, tuple[str, str]]:
    """The keywords that are not compared, by keyword and value as text: keyword and pointer."""
    return {
        f"{word} {to_json(value)}": (str(word), pointer)
        for pointer, node in schema.nodes.items()
        for word, value in node.items()
        if word not in SCHEMA_KEYWORDS
    }
