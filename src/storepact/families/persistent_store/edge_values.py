"""Values that break real services: names, tags and configs that scenarios go through and journeys draw from.

A provider may refuse them (D13); what it accepts it must keep. Control characters and lone surrogates are in
`scenarios.robustness`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from storepact.model.tree import Json

#: The value of a member that a body leaves out.
OMIT = object()

#: One text for each way in which services change characters: a provider may refuse one and keep another.
CHARACTERS: tuple[str, ...] = (
    "a heart \u2764\ufe0f and 1\ufe0f\u20e3",  # variation selectors
    "a coder \U0001f469\u200d\U0001f4bb",  # joined by U+200D
    "zero\u200bwidth\u2060and\ufeffmarks",  # nothing visible
    "soft\u00adhyphen",
    "left\u200eright\u200f and \u2067back\u2069",  # marks of direction
    "\u201cquoted\u201d, it\u2019s \u2018so\u2019 \u2013 and\u2014more\u2026",  # typographic
    "no\u00a0break, em\u2003and wide\u3000blanks",
    "A\u030angstro\u0308m, \u1112\u1161\u11ab",  # composed by NFC
    "\u212bngstr\u00f6m, \u1e9b\u0323, \u0958",  # decomposed by NFD
    "\ufb01ne \u00b2\u00bd \uff21\u2460\u2122 \u2126",  # replaced by NFKC
    "Stra\u00dfe \u0130\u0131 \u017f \u03a3\u03c3\u03c2 \u1e9e \u01c5",  # folded by case
    "Z\u0351\u036ba\u0334\u0321l\u0489go, \u0915\u094d\u0937\u093f",  # marks upon marks
    "a\ttab",  # made a blank; who refuses line breaks may keep tabs
    "line\r\nbreaks,\nlike these",  # all made the same
    "two\u2028more\u2029lines",  # made blanks
    "\U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \U00020bb7\u845b\U000e0100",  # pairs beyond U+FFFF
)

#: Texts that languages and databases take for another value, or for several.
LOOKALIKES: tuple[str, ...] = ("0", "false", "[]", "a.b,c;d:e/f|g", "1e3", "1.10", "2026-01-02", "no")

NAMES: tuple[str, ...] = (
    "x" * 64,
    "x" * 63 + "yz",
    "é" * 32 + "ü",
    "n" * 255,
    "n" * 255 + "m",
    "long " * 199 + "names",
    "an owl \U0001f989 and a snail \U0001f40c",
    "\U0001d4d0\U0001d4d1 \U00020000",
    "100% of %41 and %2F",
    'it\'s a "quoted" `name`',
    "a/b\\c//d",
    "cafe\u0301 and caf\u00e9",
    " two blanks  inside and before",
    "trailing blank ",
    "\u00a0no-break blanks around\u202f",
    "",
    "Имя, 名前, שם",
    "<b>bold</b> & co; DROP TABLE x",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "x' or 1=1; select * from users",
    "null",
    "007",
    "CaSe",
    "${HOME} {{x}} %s %d",
    "constructor",
    "__proto__",
    "a+b=c",
    "=1+1",
    "&amp; &#65; \\u0041 \\n",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ -- (copy) ::",
    "\ufeffmarked \ud55c\uae00 \U0001f600",
    *LOOKALIKES,
)

TAGS: tuple[tuple[str, ...], ...] = tuple(
    tuple(tags)
    for tags in (
        [],
        ["one"],
        ["b", "a"],
        ["a" * 32, f"b.-_{'c' * 28}", f"d{'d' * 30}Z", "9" * 32, "e"],
        ["Upper", "lower", "UPPER"],
        ["twice", "twice"],
        ["a", "b", "a"],
        [f"tag-{number}" for number in range(11)],
        [f"tag-{number}" for number in range(50)],
        [f"tag-{number}" for number in range(200)],
        ["x" * 64],
        ["y" * 65],
        ["with blank", "sla/sh", "100%41+", "co,mma"],
        ["caf\u0301e\u0301", "\U0001f989"],
        ["z", "10", "9", "1"],
        [" padded "],
        [""],
        ["0"],
        ["false", "null", "[]", "1e3"],
        ["1.10", "2026-01-02", "no"],
        ["a.b", "c_d", "v1.2.3"],
        ["ends-", "ends.", "ends_", "0"],
        ["-dash", ".dot", "_line"],
        ["a,b", "c"],
        ["a;b:c", "d/e", "f|g"],
        ["constructor", "__proto__", "length"],
    )
)

_REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1",
)  # fmt: skip

_PORTS = (
    "0", "00", "1", "80", "080", " 6379", "+6379", "443", "6379", "06379", "6380", "8080", "10000", "32767",
    "32768", "49152", "65535",
)  # fmt: skip
#: As long as every provider accepts, with a label as long (D13).
HOST_OF_60 = f"{'h' * 32}.{'d' * 15}.example.com"

_HOSTS = (
    "localhost",
    "10.0.0.7",
    "redis-1.eu-central-1.example.com",
    "a.b",
    "redis1.example.com",
    "0.node-02.example2.com",
    "UPPER.example.com",
    "2001:db8::7",
    "[2001:db8::7]",
    "redis.example.com/0/",
    "redis://scheme.example.com",
    " padded.example.com ",
    "www.example.com",
    HOST_OF_60,
    "under_score.example.com",
    "dot.example.com.",
    "redis.example.com:26379",
    "one.example.com,two.example.com;three/four",
    "b\u00fccher.example.com",
    "xn--bcher-kva.example.com",
)
_USERS = (
    "default", "A.b-C_d-", ".ends.", "us%41er+ %2F",
    "user@example.com", f"_{'u' * 30}Z", "u" * 128, " padded ",
    "007", "名前", "", "null", "constructor",
    *LOOKALIKES,
)  # fmt: skip


def _redis() -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = []
    for flags in product((True, False), repeat=4):
        members = dict(zip(("port", "username", "password", "tlsEnabled"), flags, strict=True))
        configs.append({name: OMIT for name, is_present in members.items() if not is_present})
    configs += [{"port": port} for port in _PORTS]
    configs += [{"host": host} for host in _HOSTS]
    configs += [{"host": "redis.example.com:26379", "port": port} for port in (OMIT, "26379", "6380")]
    configs += [{"username": name} for name in _USERS]
    configs += [{"tlsEnabled": value, "username": "-both_"} for value in (True, False)]
    configs += [{"port": "6379", "username": "", "password": OMIT, "tlsEnabled": False}]
    return configs


REDIS: tuple[Mapping[str, Any], ...] = tuple(_redis())

DYNAMODB: tuple[Mapping[str, Any], ...] = (
    *({"region": region} for region in _REGIONS),
    {"externalId": OMIT},
    {"tableName": "abc"},
    {"tableName": f"_table-with.{'x' * 46}9Z"},
    {"tableName": "-c_"},
    {"tableName": ".0-"},
    {"tableName": " padded "},
    {"tableName": "T" * 255},
    {"roleArn": "arn:aws:iam::000000000001:role/r"},
    {"roleArn": "arn:aws:iam::123456789012:role/path/to/Role+=,.@-_"},
    {"roleArn": "arn:aws:iam::123456789012:role/Role+=,.@-_0"},
    {"externalId": "any-id-of-ours"},
    {"externalId": "c232ab00-9414-11ec-b3c8-9f6bdeced846"},
    {"externalId": "74738ff5-5367-5958-9aee-98fffdcd1876"},
    {"externalId": "0"},
    {"externalId": "00a:b/c,d=e@f.g+h"},
    {"externalId": ""},
    {"tableName": "0.0"},
    {"tableName": "A.b-C_d."},
    {"roleArn": "arn:aws:iam::123456789012:role/a,b=c.d@e/0"},
    {"roleArn": f"arn:aws:iam::123456789012:role/{'R' * 16}9{'r' * 14}Z"},
    *(
        {"roleArn": f"arn:aws:iam::123456789012:role/{first}Role9a{last}"}
        for first, last in zip("+=,.@-_9", "=,.@-_+Z", strict=True)
    ),
)


#: Values that many services refuse. With one of them a request has no other unusual value, which a refusal
#: would concern as well.
_OFTEN_REFUSED: frozenset[Any] = frozenset(
    (
        "[2001:db8::7]",
        "redis.example.com/0/",
        "under_score.example.com",
        "dot.example.com.",
        "one.example.com,two.example.com;three/four",
        "b\u00fccher.example.com",
        "T" * 255,
        "long " * 199 + "names",
        tuple(f"tag-{number}" for number in range(200)),
        ("y" * 65,),
        ("",),
    )
)

#: A name, tags, or some of a config: what is unusual about a request.
Part = Mapping[str, Any]

#: Parts that one request can have.
Group = tuple[Part, ...]


def _combine(parts: Iterable[Part]) -> tuple[Group, ...]:
    """Group parts so that one request can have a whole group.

    Configs of several members, or of none, are about what stands together, and have no other config beside
    them; what is often refused remains alone.
    """
    groups: list[list[Part]] = []
    for part in parts:
        fits = (group for group in groups if all(_may_stand_together(part, present) for present in group))
        group = next(fits, None)
        if group is None:
            groups.append([part])
        else:
            group.append(part)
    return tuple(map(tuple, groups))


def _may_stand_together(first: Part, second: Part) -> bool:
    if _is_often_refused(first) or _is_often_refused(second):
        return False
    if "config" in first and "config" in second:
        config, second_config = first["config"], second["config"]
        return len(config) == len(second_config) == 1 and not config.keys() & second_config.keys()
    return not first.keys() & second.keys()


def _is_often_refused(part: Part) -> bool:
    values = (*part.get("config", {}).values(), part.get("name"), part.get("tags"))
    return any(value in _OFTEN_REFUSED for value in values)


def _is_sent(config: Mapping[str, Any]) -> bool:
    """Whether a config stands in a group: of those that leave members out, an even number of them does.

    The even ones have all that any three members can be, present or not.
    """
    is_about_omissions = all(value is OMIT for value in config.values())
    return not is_about_omissions or len(config) % 2 == 0


#: Parts of creates and updates, in groups that one request can have: every config, every name, all tags.
REDIS_GROUPS = _combine(
    [*({"config": config} for config in REDIS if _is_sent(config)), *({"name": name} for name in NAMES)]
)
DYNAMODB_GROUPS = _combine([*({"config": config} for config in DYNAMODB), *({"tags": tags} for tags in TAGS)])


def describe(text: str) -> str:
    """A clause about a text, fit for a line: what it is like, how long it is, or that it is empty."""
    if not text:
        return "that is empty"
    if len(text) > 40:
        return f"of {len(text)} characters"
    categories = {unicodedata.category(character) for character in text}
    unusual = sorted(categories - {"Ll", "Lu", "Zs", "Nd", "Po"})
    return f"like {text!r}" + (f" ({', '.join(unusual)})" if unusual else "")


#: Optional members of config with values that none of them has by default; a password is always a new one.
UNUSUAL_OPTIONS: Mapping[str, Mapping[str, Json]] = {
    "redis": {"port": "6391", "username": "somebody", "tlsEnabled": True},
    "dynamodb": {"externalId": "3d813cbb-47fb-4bd2-a1ef-2a3c1ad6c6a3"},
}
