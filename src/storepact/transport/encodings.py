"""The forms in which a secret may turn up in a response: whole, in part, encoded or hashed."""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b32encode, b64encode
from codecs import encode
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from storepact.transport.readings import LETTERS, decode

#: Passwords that a run makes up contain this where they have room, so that they are recognized anywhere.
CANARY = "sp-canary-"

#: How findings describe a made-up password.
PASSWORD = "the password that was sent"  # noqa: S105

#: Shorter values, and values of fewer different characters, turn up by chance in ordinary texts.
MIN_LENGTH, MIN_VARIETY = 8, 6

#: A made-up password of this length or less is searched for in secret members only.
TINY = 4

_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b")

#: How often letters and digits take turns in a part of a value that no ordinary text contains by chance.
_TURNS = {12: 3, 8: 2}
#: Shorter halves are what a provider may leave of a secret that it redacts.
SHORTEST_HALF = 6

#: Joined words of fewer characters may be the name of something.
_COMPOUND = 16

_TURN = re.compile(r"[a-z](?=[0-9])|[0-9](?=[a-z])")
_WORDS = re.compile(r"[A-Za-z]?[a-z]*(?:[-_. ][A-Za-z]?[a-z]*)*|[A-Z]+(?:[-_. ][A-Z]+)*")


#: What a redacted secret looks like.
_REDACTED = re.compile(r"[*\u2022\u25cf\xb7]{3}")

#: Short words that a provider may show in the place of any secret.
_PLACEHOLDERS = re.compile(
    r"(.)\1\1.*|redacted|masked|hidden|secret|passw(?:or)?d|none|null|nil|set|unset|empty|true|false|yes|no",
    re.IGNORECASE,
)

#: Digits become letters that digests in hexadecimal have.
_DIGITS_TO_LETTERS = str.maketrans("0123456789", "abcdefabcd")


class SecretShape(StrEnum):
    """Lengths and characters of made-up passwords."""

    ORDINARY = "of 26 characters"
    ONE = "of one character"
    THREE = "of three characters"
    FIVE = "of five characters"
    SEVEN = "of seven characters"
    EIGHT = "of eight characters"
    ELEVEN = "of eleven characters"
    THIRTY_TWO = "of 32 characters"
    SIXTY_FOUR = "of 64 characters"
    TWO_HUNDRED = "of 200 characters"
    SYMBOLS = "with characters that URLs, JSON and HTML escape"
    CAPITALS = "in capitals"
    LETTERS = "of small letters alone"
    DIGITS = "of digits alone"
    UNICODE = "with a blank and characters beyond ASCII"


def make_secret(shape: SecretShape, seed: bytes) -> str:
    """A password of a shape. Short ones have characters that ordinary texts do not have side by side."""
    digest = hashlib.blake2b(seed, digest_size=8).hexdigest()
    match shape:
        case SecretShape.ONE:
            return "^"
        case SecretShape.THREE | SecretShape.FIVE | SecretShape.SEVEN | SecretShape.ELEVEN:
            middle = {"THREE": 1, "FIVE": 3, "SEVEN": 5, "ELEVEN": 9}[shape.name]
            return f"~{digest[:middle]}^"
        case SecretShape.EIGHT:  # the shortest that every provider accepts; the longest has 32 (D13)
            return f"~{digest[:6]}~"
        case SecretShape.THIRTY_TWO:
            longer = hashlib.shake_128(seed).hexdigest(10)
            return f"{CANARY}{longer[:10]}.{longer[10:]}~"
        case SecretShape.SIXTY_FOUR | SecretShape.TWO_HUNDRED:
            size = {"SIXTY_FOUR": 27, "TWO_HUNDRED": 95}[shape.name]
            return CANARY + hashlib.shake_128(seed).hexdigest(size)
    return _make_of_characters(shape, digest, seed)


def _make_of_characters(shape: SecretShape, digest: str, seed: bytes) -> str:
    """A password of some kinds of characters: D13 names all kinds, and requires none of them."""
    match shape:
        case SecretShape.SYMBOLS:
            return f"{CANARY}{digest[:4]}:/@&<'\">\\%;,=+?#{digest[4:]}"
        case SecretShape.CAPITALS:
            return f"{CANARY}{digest}".upper().replace("-", "_")
        case SecretShape.LETTERS:
            return hashlib.shake_128(seed).hexdigest(13).translate(_DIGITS_TO_LETTERS)
        case SecretShape.DIGITS:
            return f"{int(hashlib.shake_128(seed).hexdigest(12), 16) % 10**26:026d}"
        case SecretShape.UNICODE:
            return f"{CANARY}{digest} \u00e9\U0001f511"
    return CANARY + digest


def letters_of(value: str) -> str:
    """The letters and digits of a value, in lower case."""
    return LETTERS(decode(value))


def is_wordlike(value: str) -> bool:
    """Whether a value consists of letters as words do, so that an ordinary text may contain it."""
    return _WORDS.fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """Whether a provider may show a value in the place of any secret."""
    return _PLACEHOLDERS.fullmatch(value) is not None


def looks_redacted(value: str) -> bool:
    """Whether a value looks like what a provider shows in the place of a secret."""
    return _REDACTED.search(value) is not None


def is_compound(value: str) -> bool:
    """Whether a value consists of words that are joined as no sentence joins them."""
    return len(value) >= _COMPOUND and re.search(r"[-_.]", value) is not None


def halves(value: str) -> tuple[str, ...]:
    """The halves of a value that is too short for `is_distinctive`, where no ordinary text contains them."""
    size = (len(value) + 1) // 2
    if not SHORTEST_HALF <= size < MIN_LENGTH or not value.isascii():
        return ()
    return tuple(half for half in (value[:size], value[-size:]) if len(_TURN.findall(half.lower())) >= 2)


def is_distinctive(part: str) -> bool:
    """Whether no ordinary text contains this part of a value (letters and digits) by chance."""
    turns = _TURNS.get(len(part))
    return turns is not None and len(_TURN.findall(part)) >= turns and len(set(part)) >= MIN_VARIETY - 1


def base64_forms(value: str) -> Iterator[str]:
    """The base64 of a value at each offset in a longer text, without what depends on its neighbours."""
    for shift in range(3):
        raw = value.encode("utf-8", "replace")
        encoded = b64encode(b"\0" * shift + raw).decode()
        yield encoded[4 if shift else 0 :].rstrip("=")[: -1 if (len(raw) + shift) % 3 else None]


def encoded_forms(value: str) -> Iterator[tuple[str, str]]:
    """(letters and digits, in which form) of a value in every encoding that shows it whole."""
    raw = value.encode("utf-8", "surrogatepass")
    yield letters_of(value)[::-1], "written backwards"
    yield encode(letters_of(value), "rot13"), "in ROT13"
    yield raw.hex(), "in hexadecimal"
    for form in base64_forms(value):
        yield LETTERS(form), "in base64"
    yield LETTERS(b32encode(raw).decode().rstrip("=")[:-1]), "in base32"
    yield "".join(map(str, raw)), "as numbers"


@lru_cache(16)
def _digest(name: str, raw: bytes) -> bytes:
    return hashlib.new(name, raw, usedforsecurity=False).digest()


def digests(value: str) -> Iterator[tuple[str, str]]:
    """(letters and digits, name of the hash) of a value's digests, in hexadecimal and in base64."""
    raw = value.encode("utf-8", "surrogatepass")
    for name in _HASHES:
        digest = _digest(name, raw)
        yield digest.hex(), name
        yield LETTERS(b64encode(digest).decode()), name


def short_digests(value: str) -> Iterator[tuple[str, str]]:
    """(eight hexadecimal digits, name of the hash): what a short tag may hold."""
    raw = value.encode("utf-8", "surrogatepass")
    yield f"{zlib.crc32(raw):08x}", "crc32"
    for name in ("md5", "sha1", "sha256"):
        yield _digest(name, raw).hex()[:8], name


CANARY_LETTERS = LETTERS(CANARY)


def _beginnings() -> Iterator[str]:
    raw = CANARY.encode()
    yield CANARY_LETTERS
    yield encode(CANARY_LETTERS, "rot13")
    for form in base64_forms(f"{CANARY}?"):
        yield LETTERS(form)[:8]
    yield LETTERS(b32encode(raw).decode())[:8]
    yield "".join(map(str, raw))


#: How a made-up password begins in each form that has more than hexadecimal digits.
CANARY_BEGINNINGS = tuple(_beginnings())

#: The first half of a made-up password, whichever it is.
HALF_CANARY = re.compile(f"{CANARY_LETTERS}[0-9a-f]{{3,16}}")

#: Base64 that is padded.
PADDED = re.compile("=(?<=[A-Za-z0-9+/_-]{16}=)")
