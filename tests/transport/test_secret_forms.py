"""A secret is found and masked however a response shows it, and nothing else is."""

from __future__ import annotations

import codecs
import hashlib
import html
import json
import random
import uuid
import zlib
from base64 import b32encode, b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from storepact.model.exchange import MASK, Request, Response
from storepact.transport.encodings import MIN_LENGTH, SecretShape
from storepact.transport.readings import EXACT, LETTERS, SQUEEZED, decode, read_with_places
from storepact.transport.redaction import Secrets

TOKEN = "api-0f1e2d3c_4b5a_6978_8796-a5b4c3d2e1f0"
SHORT_TOKEN = "k7-Qz_9"


def entities(value):
    """Every character as a decimal entity of HTML."""
    return "".join(f"&#{ord(character)};" for character in value)


FORMS = {
    "in the clear": lambda value: value,
    "in a sentence": lambda value: f"the token {value} is not known",
    "as escapes of JSON": lambda value: "".join(f"\\u{ord(character):04x}" for character in value),
    "as escapes of escapes": lambda value: "".join(f"\\\\u{ord(character):04X}" for character in value),
    "as escapes of Python": lambda value: "".join(f"\\x{ord(character):02x}" for character in value),
    "in octal": lambda value: "".join(f"\\{ord(character):03o}" for character in value),
    "in capitals": str.upper,
    "in lower case": str.lower,
    "with swapped case": str.swapcase,
    "spaced": " ".join,
    "spaced by lines": "\t\n".join,
    "spaced by nothing visible": "\u200b".join,
    "as decimal entities": entities,
    "as hexadecimal entities": lambda value: "".join(f"&#x{ord(character):X};" for character in value),
    "as XML in a URL": lambda value: quote(entities(value)),
    "as text of a page": html.escape,
    "percent-encoded": lambda value: "".join(f"%{ord(character):02X}" for character in value),
    "percent-encoded where needed": lambda value: quote(value, safe=""),
    "percent-encoded twice": lambda value: quote(quote("".join(f"%{ord(c):02x}" for c in value), safe="")),
    "with - for _": lambda value: value.replace("_", "-"),
    "with _ for -": lambda value: value.replace("-", "_"),
    "in wide letters": lambda value: "".join(chr(ord(character) + 0xFEE0) for character in value),
    "reversed": lambda value: value[::-1],
    "in base64": lambda value: b64encode(value.encode()).decode(),
    "in hexadecimal": lambda value: value.encode().hex(),
    "in hexadecimal capitals": lambda value: value.encode().hex().upper(),
    **{
        f"as {name}": lambda value, name=name: hashlib.new(name, value.encode()).hexdigest()
        for name in ("md5", "sha1", "sha256", "sha512")
    },
    "as a cut digest": lambda value: hashlib.sha256(value.encode()).hexdigest()[:16],
    "as a digest in base64": lambda value: b64encode(hashlib.md5(value.encode()).digest()).decode(),
}

#: Of a long secret only.
LONG_FORMS = {
    "its first half": lambda value: value[: (len(value) + 1) // 2],
    "its last half": lambda value: value[-(len(value) + 1) // 2 :],
    "all but two characters": lambda value: f"{value[:-2]}**",
    "in base64 with a user": lambda value: b64encode(f"user:{value}".encode()).decode(),
    "in base64 of URLs": lambda value: urlsafe_b64encode(b"ab" + value.encode()).decode(),
    "in base32": lambda value: b32encode(value.encode()).decode(),
    "in ROT13": lambda value: codecs.encode(value, "rot13"),
    "in hexadecimal with colons": lambda value: value.encode().hex(":"),
}


def registry_of_shapes():
    """A registry with a secret of each shape and two tokens; the values by name."""
    secrets = Secrets(frozenset({"password"}))
    values = {shape.name: secrets.make_canary("storepact-1", shape) for shape in SecretShape}
    for name, token in (("token", TOKEN), ("short token", SHORT_TOKEN)):
        secrets.register(token, name)
        values[name] = token
    return secrets, values


SECRETS, VALUES = registry_of_shapes()
LONG = {name: value for name, value in VALUES.items() if len(value) > 20}
REQUEST = Request("GET", "/x", ())


def shown_in(value, shown, exchange):
    """Whether what is recorded of an exchange contains a secret, or what a response showed of it."""
    texts = [
        exchange.response.body.decode("utf-8", "replace"),
        json.dumps(exchange.response.json, ensure_ascii=False, default=str),
        *(text for _, text in exchange.response.headers),
    ]
    texts += [decode(text) for text in texts]
    return [text for text in texts if value in text or shown in text]


def cases():
    """(name of the secret, its value, form, what is shown)."""
    for name, value in VALUES.items():
        if len(value) > 4:
            forms = {**FORMS, **(LONG_FORMS if name in LONG else {})}
            yield from ((name, value, form, show(value)) for form, show in forms.items())


@pytest.mark.parametrize("form", [*FORMS, *LONG_FORMS])
def test_secret_in_json_is_found_and_masked(form):
    """In a string of a body that is JSON: found at its pointer, masked in the text and in what is parsed."""
    for name, value, _, shown in (case for case in cases() if case[2] == form):
        body = json.dumps({"items": [{"name": f"{shown}"}]}).encode()
        exchange = SECRETS.redact(REQUEST, Response(200, (), body))
        assert [leak.place for leak in exchange.leaks][:1] == ["/items/*/name"], (name, shown)
        assert not shown_in(value, shown, exchange), name
        assert isinstance(exchange.response.json, dict), name


@pytest.mark.parametrize("form", [*FORMS, *LONG_FORMS])
def test_secret_in_text_is_found_and_masked(form):
    """In a body that is no JSON, and in a header."""
    for name, value, _, shown in (case for case in cases() if case[2] == form):
        header = f"x={shown}; y"
        body = f"<b>{shown}</b>".encode()
        exchange = SECRETS.redact(REQUEST, Response(500, (("X-Debug", header),), body))
        assert {leak.place for leak in exchange.leaks} == {"body", "X-Debug"}, (name, shown)
        assert not shown_in(value, shown, exchange), name


@pytest.mark.parametrize("name", [name for name, value in VALUES.items() if len(value) > 4])
def test_escapes_that_a_parser_undoes_are_masked(name):
    """A body whose JSON itself is escaped: neither the raw text nor what is parsed shows the secret."""
    value = VALUES[name]
    escaped = "".join(f"\\u{ord(character):04x}" for character in value)
    for body in (
        f'{{"name": "{escaped}"}}',
        f'{{"{escaped}": 1}}',
        f'{{"name": "{escaped}", "name": "x"}}',
        f'{{"\\u0070assword": "{escaped}"}}',
        f'{{"name": "{escaped}"',
    ):
        exchange = SECRETS.redact(REQUEST, Response(200, (), body.encode()))
        assert exchange.leaks, body
        assert not shown_in(value, escaped, exchange), body


@pytest.mark.parametrize("name", LONG)
def test_secret_that_is_split_over_members_is_found(name):
    """In pieces, in members that follow one another or in an array of characters."""
    value = VALUES[name]
    size = len(value) // 3 + 1
    pieces = [value[start : start + size] for start in range(0, len(value), size)]
    for body in (dict(zip("abc", pieces, strict=True)), {"a": {"b": pieces}}, {"a": list(value)}):
        exchange = SECRETS.redact(REQUEST, Response(200, (), json.dumps(body).encode()))
        assert exchange.leaks, body
        left = json.dumps(exchange.response.json)
        assert not [piece for piece in pieces[1:] if piece in left], left


def test_name_of_a_member_is_masked_in_the_place():
    """A secret that names a member is in no pointer."""
    value = VALUES["ORDINARY"]
    exchange = SECRETS.redact(REQUEST, Response(200, (), json.dumps({value: {"x": value}}).encode()))
    assert {leak.place for leak in exchange.leaks} == {"body", f"/{MASK}/x"}


@pytest.mark.parametrize("name", ["ONE", "THREE"])
def test_tiny_secret_is_found_as_a_whole_only(name):
    """One of three characters is a leak where it is all of a secret member, and no place else."""
    value = VALUES[name]
    leaking = SECRETS.redact(REQUEST, Response(200, (), json.dumps({"config": {"password": value}}).encode()))
    assert [leak.place for leak in leaking.leaks] == ["/config/password"]
    assert leaking.response.json == {"config": {"password": MASK}}
    redacted = {"config": {"password": f"{value[:3]}********{value[-3:]}"}, "name": f"x{value}"}
    assert SECRETS.redact(REQUEST, Response(200, (), json.dumps(redacted).encode())).leaks == ()


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("digest", ["crc32", "md5", "sha1", "sha256"])
def test_digest_in_a_tag_is_found(name, digest):
    """A digest of any secret in an ETag, whole or its first eight digits."""
    raw = VALUES[name].encode()
    value = f"{zlib.crc32(raw):08x}" if digest == "crc32" else hashlib.new(digest, raw).hexdigest()
    for tag in (value, value[:8], value[:12]):
        exchange = SECRETS.redact(REQUEST, Response(200, (("ETag", f'W/"{tag}"'),), b"{}"))
        assert [leak.place for leak in exchange.leaks] == ["ETag"], tag
        assert exchange.response.headers == (("ETag", f'W/"{MASK}"'),)


def test_allowed_redactions_are_no_leak():
    """Three characters at both ends, fewer than half of a secret, stars: nothing is found (D15, D28)."""
    for name, value in VALUES.items():
        third = min(len(value) // 3, 8)
        for shown in (
            f"{value[:3]}********{value[-3:]}",
            f"{value[:third]}***",
            f"***{value[-third:]}",
            "********",
        ):
            if len(value) > 6:
                body = json.dumps({"config": {"password": shown}, "name": shown}).encode()
                assert SECRETS.redact(REQUEST, Response(200, (), body)).leaks == (), (name, shown)


def test_words_are_not_masked():
    """A token or password that is an ordinary word makes no response unreadable."""
    secrets = Secrets(frozenset({"password"}))
    for word in (
        "reader",
        "writer",
        "name",
        "secret",
        "x",
        "0",
        "null",
        "Redis",
        "on",
        "writer-token",
        "123",
    ):
        secrets.register(word, "the token")
    text = (
        "the writer and the reader (Writer-Token: 'writers', 'secret-store') are 0x0, named Redis: 123, null"
    )
    assert secrets.mask_text(text) == text
    assert secrets.mask_text("it is writer-token.") == f"it is {MASK}."


def leaks_of(sent, shown):
    """The places where a response shows a password that a client sent, in a member or in a message."""
    secrets = Secrets(frozenset({"password"}))
    secrets.register_all({"config": {"password": sent}})
    body = json.dumps({"config": {"password": shown}, "message": f"the password {shown}, or so"}).encode()
    exchange = secrets.redact(REQUEST, Response(200, (), body))
    assert exchange.response.json["config"]["password"] == MASK
    assert (
        not exchange.leaks or sent not in exchange.response.json["message"] or len(sent) < 5 or sent.isalpha()
    )
    return [leak.place for leak in exchange.leaks]


@pytest.mark.parametrize(
    "sent", ["hunter2", "s3cr3t", "Tr0ub4dor&3", "p4ss-w0rd", "my-long-writer-token", "k#7~z"]
)
@pytest.mark.parametrize(
    "form", ["in the clear", "in capitals", "as escapes of JSON", "spaced", "as decimal entities"]
)
def test_password_of_a_client_is_found(sent, form):
    """A password that the run did not make up is found wherever it is, if no sentence has it by chance."""
    assert leaks_of(sent, FORMS[form](sent)) == ["/config/password", "/message"]


@pytest.mark.parametrize("sent", ["Tr0ub4dor-3xy7", "a1b2c3d4e5f6", "api-1f2e3d4c5b"])
def test_half_of_a_short_password_is_found(sent):
    """Half of a password of twelve characters or more; a third of it may be shown."""
    half = (len(sent) + 1) // 2
    assert leaks_of(sent, f"{sent[:half]}****") == ["/config/password", "/message"]
    assert leaks_of(sent, f"****{sent[-half:]}") == ["/config/password", "/message"]
    assert leaks_of(sent, f"{sent[:3]}****{sent[-3:]}") == []


@pytest.mark.parametrize("sent", ["swordfish", "opensesame", "tom", "pw", "x1"])
def test_word_is_found_as_a_whole_member(sent):
    """A password that is a word is found where it is all of a secret member; messages stay readable."""
    assert leaks_of(sent, sent) == ["/config/password"]


@pytest.mark.parametrize(
    "sent", ["password", "secret", "********", "sup********123", "none", "xxxx", "redacted"]
)
def test_placeholder_is_no_secret(sent):
    """What a provider may show in the place of any secret is none, though a client sends it."""
    assert leaks_of(sent, sent) == []


def test_secret_is_found_among_many():
    """However many others are searched for: as it is, in capitals, reversed and in hexadecimal."""
    secrets = Secrets(frozenset({"password"}))
    passwords = [
        f"{word}-{number}-{'xyz'[: number % 4]}" for number in range(60) for word in ("pa55", "~k", "cafe")
    ]
    for password in passwords:
        secrets.register(password, "a password")
    searched = [password for password in passwords if len(password) >= MIN_LENGTH]
    assert len(searched) > 50
    for password in searched:
        for text in (password, password.upper(), password[::-1], password.encode().hex()):
            assert secrets.leaks((), f"The value {text} is wrong.".encode()), text


def test_nothing_turns_up_by_chance():
    """Two thousand secrets, and ids, digests and words by the thousand: no leak."""
    secrets = Secrets(frozenset({"password"}))
    shapes = list(SecretShape)
    for number in range(2_000):
        secrets.make_canary("storepact-1", shapes[number % len(shapes)] if number % 7 == 0 else shapes[0])
    dice = random.Random(7)
    words = [
        "storepact",
        "canary",
        "access",
        "denied",
        "deadbeef",
        "face",
        "42",
        "~",
        "^",
        "{}",
        "[]",
        "test",
    ]
    for _ in range(1_500):
        raw = dice.randbytes(24)
        values = [
            raw.hex(),
            b64encode(raw).decode(),
            str(uuid.UUID(bytes=raw[:16])),
            " ".join(dice.sample(words, 8)),
        ]
        body = json.dumps({"items": values, "time": dice.randrange(10**13)}).encode()
        headers = (("ETag", f'"{raw.hex()[:8]}"'), ("X-Request-Id", raw.hex()), ("X", values[2]))
        assert secrets.leaks(headers, body) == (), body


@pytest.mark.parametrize("view", [EXACT, SQUEEZED, LETTERS], ids=["exact", "squeezed", "letters"])
def test_places_agree_with_the_reading(view):
    """A text reads the same with and without places, and each place is that of its character."""
    dice = random.Random(3)
    pieces = ["a", "B", "_", "-", " ", "\\u0041", "\\\\u0062", "%41", "%2541", "&amp;", "&#x41;", "&", "%",
              "\\", "é", "ﬁ", "Ａ", "\U0001f989", "\u200b", "\\n", "9"]  # fmt: skip
    for _ in range(300):
        text = "".join(dice.choices(pieces, k=12))
        reading = read_with_places(text, view)
        assert reading.text == view(decode(text)), text
        assert all(
            0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True)
        )
        assert list(reading.starts) == sorted(reading.starts)
