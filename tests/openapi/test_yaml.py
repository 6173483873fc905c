"""Reading YAML as data: as PyYAML does, in less time, and safe for any input."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from published_documents import PUBLISHED
from storepact.model.errors import DocumentUnusable
from storepact.model.paths import data_path
from storepact.openapi.yaml import DEEPEST, MOST_OF_ALIASES, load_yaml, parse_yaml


def read(text):
    return parse_yaml(text if isinstance(text, bytes) else text.encode(), "it")


def refusal(text):
    with pytest.raises(DocumentUnusable) as caught:
        read(text)
    return str(caught.value)


class Plain(yaml.SafeLoader):
    """PyYAML's own loader, with the same rules for booleans and dates."""


Plain.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if not resolver[0].endswith((":bool", ":timestamp", ":value"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "text",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\na: 2\n",
        "on: yes\nno: off\ny: [n, Yes, NO]\n",
        "- 2024-01-01\n- 2024-01-01T00:00:00Z\n",
        "- +1\n- -0\n- 017\n- 08\n- 0x1F\n- 0b11\n- 1_000\n- 1:30\n- 190:20:30\n"
        "- 123456789012345678901234567890\n",
        "- 1.\n- .5\n- 1e5\n- 1.5e+3\n- 1.0.0\n- .inf\n- -.INF\n- 3.0\n",
        "- ~\n-\n- null\n- Null\n- ''\n- '~'\n- \"null\"\n",
        "- ! 12\n- !!str 12\n- !!int '12'\n- !!float 3\n- !!bool yes\n- !!null ''\n"
        "- !!map {a: b}\n- !!seq [1]\n",
        "- |\n  a\n   b\n- >-\n  c\n  d\n- 'x: ''y'\n- \"a\\u00e9\\n\"\n- {a: [b, {c: d}], e: }\n",
        "a: &x {b: 1, c: [1, 2]}\nd: *x\ne: [*x, *x]\n",
        "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: {z: 1, <<: [*x, {b: 9, q: 1}]}\n"
        "f: {<<: {a: 1}, '<<': 2}\n",
        "<<: {a: 1}\n<<: {a: 2, b: 1}\nc: {<<: {<<: {d: 1}}}\n",
        "a: &x {b: &y {<<: {c: 1}}}\nd: *y\n",
        "- &a b\n- *a\n- {*a : c}\n- {&k key: v, w: *k}\n",
        "? a\n? b\n: c\n",
        "a: &b\nc: *b\n",
        "\ufeffa: \u00e9\u20ac\U0001f600\n",
    ],
)
def test_yaml_is_read_as_by_pyyaml(text):
    """The data is that of PyYAML, in the same order, where all names are strings."""
    expected = yaml.load(text, Loader=Plain)
    assert repr(read(text)) == repr(expected)
    assert repr(read(text.encode("utf-16"))) == repr(expected)


def test_committed_documents_are_read_as_by_pyyaml():
    """The committed documents have the data that PyYAML reads."""
    for name in ("persistent-store-integrations.yaml", "disagreements.yaml"):
        path = data_path("openapi", name)
        assert repr(load_yaml(path)) == repr(yaml.load(path.read_bytes(), Loader=Plain))


def test_the_published_document_as_yaml_is_the_same():
    """The published document, written as YAML in any style, is read as it was in JSON."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    for flow in (None, False, True):
        assert read(yaml.safe_dump(document, sort_keys=False, default_flow_style=flow)) == document


def test_booleans_are_those_of_yaml_1_2():
    """`on` and `yes` are strings."""
    assert read("[true, True, FALSE, on, yes, n]") == [True, True, False, "on", "yes", "n"]


def test_names_are_texts():
    """Names are strings as they are written, as a status may be written as a number."""
    assert read("{200: a, true: b, null: c, 1.0: d, 0x10: e, ~: f}") == {
        "200": "a", "true": "b", "null": "c", "1.0": "d", "0x10": "e", "~": "f",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: [\n", "it:3: is not valid YAML"),
        ("a: 1\nb: c: d\n", "it:2: is not valid YAML: mapping values are not allowed"),
        ("a:\n- *x\n", "it:2: is not valid YAML: found undefined alias"),
        ("--- a\n--- b\n", "it:2: is not valid YAML: expected a single document"),
        ("a: b\nc: !foo d\n", "it:2: is not valid YAML: the tag '!foo'"),
        ('a: !!python/object/apply:os.system ["true"]\n', "it:1: is not valid YAML: the tag"),
        ("a: 1\n? [b]\n: c\n", "it:2: is not valid YAML: a name must be a text"),
        ("a: &x [1]\n*x : c\n", "it:2: is not valid YAML: a name must be a text"),
        ("a: 1\nb: {<<: 3}\n", "it:2: is not valid YAML: expected a mapping or list of mappings for merging"),
        ("a: !!set {b, c}\n", "it:1: is not valid YAML: the tag"),
        ("a: !!bool maybe\n", "it:1: is not valid YAML: 'maybe' is no bool"),
        ("a:\n- " + "9" * 5_000, "it:2: is not valid YAML: '9999"),
        (b"a: 1\nb: \x00", "it:2: has a control character"),
        (b"a: \xff\xfe", "it:1: is not a text in UTF-8: save it as UTF-8"),
        ("a: 1\nb: é\n".encode("latin-1"), "it:2: is not a text in UTF-8"),
        ("a: 1\nb: \x01\n".encode("utf-16"), "it:2: has a control character"),
    ],
)
def test_broken_yaml_is_named_with_its_line(text, words):
    """The message is one line that begins with the source and the line."""
    message = refusal(text)
    assert message.startswith(words)
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[\n" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1_000)),
        "? " * 100_000,
        '{"a":[' * 50_000,
    ],
)
def test_what_is_nested_too_deeply_is_refused(text):
    """Deep nesting is an error, and does not crash the process."""
    message = refusal(text)
    assert "is nested too deeply" in message or "a name must be a text" in message


def test_brackets_in_texts_are_not_nesting():
    """Brackets in strings are no nesting, and the maximum depth is read."""
    assert read(f"a: '{'[' * 1_000}'") == {"a": "[" * 1_000}
    assert read("[" * DEEPEST + "]" * DEEPEST)


def test_an_alias_bomb_is_refused():
    """The nodes that aliases stand for are counted while reading."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert f"it:6: has aliases that stand for more than {MOST_OF_ALIASES:,} nodes" in refusal(
        "\n".join(lines)
    )
    assert read("\n".join(lines[:4]))["d"][9][9][9][9] == "x"


def test_merging_counts_as_well():
    """Merged members count as nodes of aliases."""
    many = ", ".join(f"k{number}: 1" for number in range(1_000))
    assert "has aliases that stand for" in refusal(f"a: &a {{{many}}}\nb:\n" + "- <<: *a\n" * 10_000)


def test_an_alias_within_itself_is_refused():
    """An alias within its own anchor is an error."""
    assert "it:1: has the alias 'a' within itself" in refusal("a: &a [*a]")
    assert "within itself" in refusal("&a {b: {<<: *a}}")
