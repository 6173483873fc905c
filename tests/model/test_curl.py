"""Curl lines: what a shell makes of them, secrets as variables, and texts of a provider that run nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from storepact.model.curl import CurlLines
from storepact.model.exchange import Exchange, Request, Response


def exchange_of(method="GET", path="/p", headers=(), body=None, sent=()):
    """An exchange with this request."""
    return Exchange(Request(method, path, tuple(headers), body), Response(200, (), b""), sent=sent)


def words_of(lines, tmp_path, **environment):
    """The arguments that each curl of some lines gets from the shell; a body read from a file as its text."""
    script = (
        'curl() { for word in "$@"; do case "$word" in @/dev/fd/*) cat "${word#@}";; '
        f"*) printf %s \"$word\";; esac; printf '\\0'; done; }}\n{lines}"
    )
    result = subprocess.run(
        ["bash", "-c", script],
        env={"STOREPACT_TOKEN": "T", "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert list(tmp_path.iterdir()) == []
    return [word.decode("utf-8") for word in result.stdout.split(b"\0")]


def test_curl_line_is_what_a_shell_reads(tmp_path):
    """The line survives the shell, quotes and all, and takes the token from the environment."""
    body = json.dumps({"name": 'it\'s "quoted" $HOME', "config": {"password": "********"}}).encode()
    headers = [("Authorization", "$STOREPACT_TOKEN")]
    sent = exchange_of("POST", headers=headers, body=body, sent=(('["config", "password"]', "form"),))
    words = words_of(CurlLines("http://h").line(sent), tmp_path, STOREPACT_SECRET_1="S")
    assert "Authorization: T" in words
    assert json.loads(words[-3]) == {"name": 'it\'s "quoted" $HOME', "config": {"password": "S"}}


def test_equal_secrets_have_one_variable():
    """Two different secrets get two, in all lines of a finding; the second line repeats the first's."""
    lines = CurlLines("http://h")
    body = b'{"a":"********","b":"********"}'
    sent = exchange_of("POST", body=body, sent=(('["a"]', "one"), ('["b"]', "two")))
    again = exchange_of("POST", body=b'{"a":"********"}', sent=(('["a"]', "two"),))
    assert re.findall(r"STOREPACT_SECRET_[0-9]", lines.line(sent)) == [
        "STOREPACT_SECRET_1",
        "STOREPACT_SECRET_2",
    ]
    assert re.findall(r"STOREPACT_SECRET_[0-9]", lines.line(again)) == ["STOREPACT_SECRET_2"]


HOSTILE = [
    "$(touch x)",
    "`touch x`",
    "'; touch x; '",
    '"; touch x; "',
    "$HOME",
    "-o x",
    "\n touch x",
    "\x1b[2J\r",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("names", [{}, {"64f0": "A"}], ids=["alone", "with an id"])
def test_texts_of_a_provider_are_quoted(text, names, tmp_path):
    """In a path, a header and a body, beside ids that are variables: nothing of them runs."""
    request = exchange_of("PUT", f"/{text}/64f0", [("X-Echo", text)], json.dumps({"name": text}).encode(), ())
    words = words_of("A=64f0\n" + CurlLines("http://h", names).line(request), tmp_path)
    assert {f"http://h/{text}/64f0", f"X-Echo: {text}", json.dumps({"name": text})} <= set(words)


@pytest.mark.parametrize("body", [b"@/etc/hostname", b"-o x", b"\xff\x00 $(touch x)", b"\x1b\r", b"a\nb"])
def test_body_is_sent_as_it_was(body, tmp_path):
    """No file is read for a body that begins with @, and bytes that cannot be pasted are escaped."""
    script = (
        'curl() { while [ $# -gt 0 ]; do case "$1" in --data-raw) printf %s "$2";; '
        '--data-binary) cat "${2#@}";; esac; shift; done; }\n'
    )
    line = CurlLines("http://h").line(exchange_of("POST", body=body))
    result = subprocess.run(["bash", "-c", script + line], capture_output=True, check=True, cwd=tmp_path)
    assert result.stdout == body
    assert "@/etc" not in line.replace("--data-raw @/etc", "")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/i/0123456789abcdef", "0123456789abcdef"),
        ("/i/0123456789abcde", "0123456789abcde"),
        ("/i/0123456789abcdefg", "0123456789abcdefg"),
        ("/i/0123456789ABCDEF", "0123456789ABCDEF"),
        ("/i/12", "12"),
        ("/i/1", "1"),
    ],
)
def test_ids_and_cut_ids_follow_the_variable(path, word, tmp_path):
    """A kept id, whole, in capitals or cut, is read from its variable; a short one only whole."""
    lines = CurlLines("http://t", {"0123456789abcdef": "A", "12": "B"})
    line = lines.line(exchange_of(path=path))
    assert words_of(line, tmp_path, A="0123456789abcdef", B="12")[-2] == f"http://t/i/{word}"
    other = words_of(line, tmp_path, A="fedcba9876543210", B="34")[-2]
    known = ("/i/0123456789abcdef", "/i/0123456789abcde", "/i/0123456789ABCDEF", "/i/12")
    assert (other != f"http://t/i/{word}") is (path in known)


def test_further_headers_are_sent_and_their_values_are_not_shown():
    """A gateway may refuse a request without them; each value is in a variable."""
    lines = CurlLines("http://127.0.0.1:1", header_names=("X-Team", "x-api.key"))
    assert '-H "X-Team: $STOREPACT_HEADER_X_TEAM" -H "x-api.key: $STOREPACT_HEADER_X_API_KEY"' in lines.line(
        exchange_of()
    )
    assert "$STOREPACT_HEADER_X_TEAM" in lines.deletion("/things", {}, "ID")
