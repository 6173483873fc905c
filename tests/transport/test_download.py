"""Reading documents: YAML as data, and the published document from files and URLs, whatever they hold."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from storepact.model.errors import DocumentUnusable, NotThisApi, TargetUnreachable
from storepact.model.paths import data_path
from storepact.openapi.yaml import DEEPEST, MOST_OF_ALIASES, load_yaml, parse_yaml
from storepact.transport import download
from storepact.transport.download import download_document

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"

MINIMAL = {"openapi": "3.0.3", "paths": {}}


def read(text):
    return parse_yaml(text if isinstance(text, bytes) else text.encode(), "it")


def refusal(text):
    with pytest.raises(DocumentUnusable) as caught:
        read(text)
    return str(caught.value)


class Plain(yaml.SafeLoader):
    """PyYAML's own way, in Python, with the same idea of booleans and dates."""


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
        "- +1\n- -0\n- 017\n- 08\n- 0x1F\n- 0b11\n- 1_000\n- 1:30\n- 190:20:30\n- 123456789012345678901234567890\n",
        "- 1.\n- .5\n- 1e5\n- 1.5e+3\n- 1.0.0\n- .inf\n- -.INF\n- 3.0\n",
        "- ~\n-\n- null\n- Null\n- ''\n- '~'\n- \"null\"\n",
        "- ! 12\n- !!str 12\n- !!int '12'\n- !!float 3\n- !!bool yes\n- !!null ''\n- !!map {a: b}\n- !!seq [1]\n",
        "- |\n  a\n   b\n- >-\n  c\n  d\n- 'x: ''y'\n- \"a\\u00e9\\n\"\n- {a: [b, {c: d}], e: }\n",
        "a: &x {b: 1, c: [1, 2]}\nd: *x\ne: [*x, *x]\n",
        "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: {z: 1, <<: [*x, {b: 9, q: 1}]}\nf: {<<: {a: 1}, '<<': 2}\n",
        "<<: {a: 1}\n<<: {a: 2, b: 1}\nc: {<<: {<<: {d: 1}}}\n",
        "a: &x {b: &y {<<: {c: 1}}}\nd: *y\n",
        "- &a b\n- *a\n- {*a : c}\n- {&k key: v, w: *k}\n",
        "? a\n? b\n: c\n",
        "a: &b\nc: *b\n",
        "\ufeffa: \u00e9\u20ac\U0001f600\n",
    ],
)
def test_yaml_is_what_pyyaml_makes_of_it(text):
    """The same data in the same order, but for names that are no texts."""
    expected = yaml.load(text, Loader=Plain)
    assert repr(read(text)) == repr(expected)
    assert repr(read(text.encode("utf-16"))) == repr(expected)


def test_our_own_documents_are_what_pyyaml_makes_of_them():
    """Whole ones, too: names of statuses are quoted there."""
    for name in ("persistent-store-integrations.yaml", "disagreements.yaml"):
        path = data_path("openapi", name)
        assert repr(load_yaml(path)) == repr(yaml.load(path.read_bytes(), Loader=Plain))


def test_the_published_document_as_yaml_is_the_same():
    """What is written as YAML and read again is what it was as JSON, block style and flow style."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    for flow in (None, False, True):
        assert read(yaml.safe_dump(document, sort_keys=False, default_flow_style=flow)) == document


def test_booleans_are_those_of_yaml_1_2():
    """`on` and `yes` are texts."""
    assert read("[true, True, FALSE, on, yes, n]") == [True, True, False, "on", "yes", "n"]


def test_names_are_texts():
    """As in JSON, and as they are written: a status may be written as a number."""
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
        (b"a: \x00", "it: is not valid YAML"),
        (b"a: \xff\xfe", "it: is not valid YAML"),
    ],
)
def test_broken_yaml_is_named_with_its_line(text, words):
    """One line that says where."""
    said = refusal(text)
    assert said.startswith(words)
    assert "\n" not in said


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
    """Not by the end of the process."""
    said = refusal(text)
    assert "is nested too deeply" in said or "a name must be a text" in said


def test_brackets_in_texts_are_not_nesting():
    """Only what is really nested counts, and what is just allowed is read."""
    assert read(f"a: '{'[' * 1_000}'") == {"a": "[" * 1_000}
    assert read("[" * DEEPEST + "]" * DEEPEST)


def test_an_alias_bomb_is_refused():
    """What aliases stand for is counted before anybody walks over it."""
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
    """Members that are merged in a hundred thousand times are a bomb, too."""
    many = ", ".join(f"k{number}: 1" for number in range(1_000))
    assert "has aliases that stand for" in refusal(f"a: &a {{{many}}}\nb:\n" + "- <<: *a\n" * 10_000)


def test_an_alias_within_itself_is_refused():
    """It would never end."""
    assert "it:1: has the alias 'a' within itself" in refusal("a: &a [*a]")
    assert "within itself" in refusal("&a {b: {<<: *a}}")


# the published document


def written(folder, content, name="p.yaml"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", ["p.json", "p.yaml", "a b%41ü.json"])
@pytest.mark.parametrize("start", ["file://", "file://localhost", "FILE://", ""])
def test_files_and_their_urls(tmp_path, name, start):
    """A URL of a file is the file."""
    path = written(tmp_path, json.dumps(MINIMAL), name)
    assert download_document(start + quote(str(path)) if start else str(path)) == MINIMAL


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("file://elsewhere/p.json", "is a file of another machine"),
        ("ftp://me:geheim@h/p.json", "is neither a file nor an http, https or file URL"),
        ("file:///nowhere/at/all.json", "cannot be read: No such file"),
        ("nul\0", "is not the name of a file"),
    ],
)
def test_places_that_have_no_document(where, words):
    """One line."""
    with pytest.raises(DocumentUnusable, match=words) as caught:
        download_document(where)
    assert "geheim" not in str(caught.value)


WRONG = [
    (b"", "is not an OpenAPI document: it is empty"),
    (b" \n\xef\xbb\xbf"[:2], "is not an OpenAPI document: it is empty"),
    (b"\xef\xbb\xbf<!DOCTYPE html>\n<title>Sign in</title>", "is HTML, not an OpenAPI document"),
    (b"\n <html><body>no</body></html>", "is HTML, not an OpenAPI document"),
    (b"<?xml version='1.0'?><a/>", "is XML or HTML, not an OpenAPI document"),
    (b"[1]", "is not an OpenAPI document: it has no `paths`"),
    (b"openapi: 3.0.3", "is not an OpenAPI document: it has no `paths`"),
    (b'{"swagger": "2.0", "paths": {}}', "is OpenAPI 2.0; versions 3.0 and 3.1 are supported"),
    (b"[" * 100_000, "is nested too deeply"),
]


@pytest.mark.parametrize(("content", "words"), WRONG)
def test_files_that_hold_something_else(tmp_path, content, words):
    """What was got is said, whatever the file is called."""
    for name in ("p.json", "p.yaml"):
        with pytest.raises(DocumentUnusable, match=words):
            download_document(str(written(tmp_path, content, name)))


@contextmanager
def served(content=b"", status=200, endless=False):
    """Yields a URL that answers so, and a list of how many bytes were taken of an endless answer."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            if not endless:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
                while endless:
                    self.wfile.write(b" " * 65_536)
                    taken.append(65_536)
            except OSError:
                pass

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/openapi", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("content", [json.dumps(MINIMAL).encode(), yaml.safe_dump(MINIMAL).encode()])
def test_from_a_url(content):
    """JSON or YAML."""
    with served(content) as (url, _):
        assert download_document(url) == MINIMAL


@pytest.mark.parametrize(("content", "words"), WRONG)
def test_urls_that_answer_something_else(content, words):
    """What was got is said; what is secret in the URL is not."""
    with served(content) as (url, _), pytest.raises(DocumentUnusable, match=words) as caught:
        download_document(f"{url}?token=geheim")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            404,
            r"the published document is not there: http://\S+: it answers 404 \(Not Found\); check the address",
        ),
        (401, "the published document may not be read"),
        (503, "it answers 503 .Service Unavailable.; try again later"),
        (299, "it answers 299; try again later"),
    ],
)
def test_urls_without_a_document(status, words):
    """The host is there, the document is not: that is another thing than a provider that does not run."""
    with served(b"<html>no</html>", status) as (url, _), pytest.raises(NotThisApi, match=words) as caught:
        download_document(f"{url}?token=geheim")
    assert "provider" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_an_endless_answer_is_read_no_further_than_a_document_may_reach(monkeypatch):
    """What is too large is not read to its end first."""
    monkeypatch.setattr(download, "LARGEST", 1_000_000)
    with (
        served(endless=True) as (url, taken),
        pytest.raises(DocumentUnusable, match="has more than 1,000,000 bytes"),
    ):
        download_document(url)
    assert sum(taken) < 50_000_000


def test_a_large_file_is_read_no_further(tmp_path, monkeypatch):
    """Nor a file."""
    monkeypatch.setattr(download, "LARGEST", 1_000)
    with pytest.raises(DocumentUnusable, match="has more than 1,000 bytes"):
        download_document(str(written(tmp_path, b" " * 1_001)))


@pytest.mark.parametrize("url", ["https://me:ge/heim@h/x", "https://me:geheim@h:x/"])
def test_a_url_that_is_none_is_not_repeated(url):
    """Half a password may be in it."""
    with pytest.raises(TargetUnreachable, match="it is not a URL") as caught:
        download_document(url)
    assert "heim" not in str(caught.value)
