"""Reading pacts of the specifications 1 to 4, without the pact library."""

from __future__ import annotations

import binascii
import json
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from storepact.model.errors import NothingTested, PactUnusable
from storepact.model.files import read_text
from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.json_text import JsonText
from storepact.pacts.contract import HTTP, REQUEST, RESPONSE, Contract, Interaction, Unusable

#: The types of interactions that specification 4 defines.
_KINDS = (HTTP, "Asynchronous/Messages", "Synchronous/Messages")

#: Below it every whole number is a float exactly.
_EXACT = 2**53

#: Characters of a name or description that are kept.
_LONGEST = 200


def collect_contracts(paths: Sequence[Path], *, lenient: bool = False) -> tuple[tuple[Contract, Path], ...]:
    """Read the contracts in files and folders; each comes with its file.

    If `lenient`, interactions that cannot be read are listed in `Contract.unusable`, if there are others.

    Raises:
        PactUnusable: one of them cannot be read, or is not a pact.
        NothingTested: there is none, or one has no HTTP interactions.

    """
    contracts: list[tuple[Contract, Path]] = []
    for path in paths:
        if path.is_dir():
            loaded = load_contracts(path, lenient=lenient)
            contracts += [(contract, path / contract.file) for contract in loaded]
        else:
            contracts.append((load_contract(path, lenient=lenient), path))
    if not contracts:
        raise NothingTested(f"there is no pact in {', '.join(map(str, paths))}")
    for contract, path in contracts:
        if contract.about_messages or _is_without_http(contract):
            raise NothingTested(f"{path} is a pact about messages; this API speaks HTTP")
        if not contract.interactions:
            raise NothingTested(
                f"{path} holds no interactions: there is nothing that {contract.consumer!r} relies on"
            )
    return tuple({path.resolve(): (contract, path) for contract, path in contracts}.values())


def _is_without_http(contract: Contract) -> bool:
    interactions = (*contract.interactions, *contract.ignored)
    return bool(interactions) and not any(interaction.is_http for interaction in interactions)


def load_contracts(folder: Path, *, lenient: bool = False) -> tuple[Contract, ...]:
    """Read every pact in a folder, ordered by file name, except `accepted.json`; a file is read alone.

    Raises:
        PactUnusable: one of them cannot be used, or the folder does not exist.

    """
    if folder.is_file():
        return (load_contract(folder, lenient=lenient),)
    if not folder.is_dir():
        raise PactUnusable(folder, "is not a folder; give the one that holds your pacts with --contracts")
    paths = [path for path in sorted(folder.glob("*.json")) if path.name != "accepted.json"]
    return _contracts_of(tuple((path, _read_text(path)) for path in paths), lenient)


@lru_cache(maxsize=2)
def _contracts_of(texts: tuple[tuple[Path, str], ...], lenient: bool) -> tuple[Contract, ...]:
    """The contracts of these files; a run with several targets needs them several times."""
    contracts = [parse_contract(text, path, lenient=lenient) for path, text in texts]
    counts = Counter(contract.consumer for contract in contracts)
    return tuple(
        replace(
            contract,
            interactions=tuple(
                replace(interaction, shared=counts[contract.consumer] > 1)
                for interaction in contract.interactions
            ),
        )
        for contract in contracts
    )


def load_contract(path: Path, *, lenient: bool = False) -> Contract:
    """Read a pact of specification 1, 2, 3 or 4.

    Raises:
        PactUnusable: not readable, not JSON, not a pact.

    """
    return parse_contract(_read_text(path), path, lenient=lenient)


def _read_text(path: Path) -> str:
    try:
        return read_text(path, "utf-8-sig")
    except OSError as error:
        raise PactUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PactUnusable(path, "is not a text in UTF-8: save it as UTF-8", line=line) from None


def parse_contract(text: str, path: Path, *, lenient: bool = False) -> Contract:
    """Make a contract from a pact's text; messages call it `path`.

    Raises:
        PactUnusable: not JSON, not a pact.

    """
    try:
        document = json.loads(text, parse_float=_number)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise PactUnusable(path, "is empty, and no pact") from None
        raise PactUnusable(
            path, f"is not JSON: {error.msg}, column {error.colno}", line=error.lineno
        ) from None
    except ValueError as error:
        raise PactUnusable(path, f"is not JSON: {error}") from None
    except RecursionError:
        raise PactUnusable(path, "is nested too deeply to be read") from None
    try:
        contract = _to_contract(document, path.name)
    except _NotAPact as error:
        raise PactUnusable(path, f"is not a pact: {error}") from None
    if contract.unusable and not (lenient and contract.interactions):
        first = contract.unusable[0]
        line = JsonText(text).line(first.pointer)
        raise PactUnusable(path, f"is not a pact: {first.problem}", line=line)
    return contract


def _number(text: str) -> int | float:
    """A number with a fraction or an exponent; a whole one is an integer, as `1.0 == 1` holds everywhere."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


class _NotAPact(Exception):
    """What is wrong with a JSON document that should be a pact."""


def _to_contract(document: Any, file: str) -> Contract:
    if not isinstance(document, dict):
        raise _NotAPact("it is not a JSON object")
    consumer, provider = (_party_name(document, party) for party in ("consumer", "provider"))
    metadata = document.get("metadata")
    version = _specification(metadata if isinstance(metadata, dict) else {})
    raw = document.get("interactions") or ()
    if not isinstance(raw, list | tuple):
        raise _NotAPact("`interactions` is not an array")
    usable: list[Interaction] = []
    unusable: list[Unusable] = []
    for index, element in enumerate(raw):
        try:
            usable.append(
                _to_interaction(element, Interaction(consumer, provider, "", index, {}, version, file))
            )
        except _NotAPact as error:
            description = element.get("description") if isinstance(element, dict) else ""
            unusable.append(
                Unusable(f"/interactions/{index}", _printable(str(description or "")), str(error))
            )
    interactions = tuple(interaction for interaction in usable if interaction.kind in _KINDS)
    messages = document.get("messages")
    count = len(messages) if isinstance(messages, list) else int(bool(messages))
    return Contract(
        consumer,
        provider,
        version,
        _label(interactions),
        file,
        about_messages=bool(count) and not interactions and not unusable,
        messages=count,
        unusable=tuple(unusable),
        ignored=tuple(interaction for interaction in usable if interaction.kind not in _KINDS),
    )


def _party_name(document: Mapping[str, Any], party: str) -> str:
    value = document.get(party)
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise _NotAPact(f"it has no `{party}` with a `name`")
    return _printable(name)


def _to_interaction(raw: Any, blank: Interaction) -> Interaction:
    """Add the JSON of an interaction; every part is read once, to prove that it can be."""
    where = f"/interactions/{blank.index}"
    if isinstance(raw, dict) and raw.get("type") not in (None, *_KINDS):
        return replace(blank, description=_printable(str(raw.get("description") or raw["type"])), raw=raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("description"), str):
        raise _NotAPact(f"{where} is not an object with a `description`")
    interaction = replace(blank, description=_printable(raw["description"]), raw=raw)
    if not interaction.is_http:
        return interaction
    for side in (REQUEST, RESPONSE):
        if not isinstance(raw.get(side), dict):
            raise _NotAPact(f"{where} has no object `{side}`")
    status = raw[RESPONSE].get("status", 200)
    is_number = isinstance(status, int) and not isinstance(status, bool)
    if not is_number and not (isinstance(status, str) and read_whole_number(status) is not None):
        raise _NotAPact(f"{where}/response/status is {reprlib.repr(status)}, not a number")
    try:
        _ = (interaction.states, interaction.method, interaction.path, interaction.query)
        _ = [
            (interaction.rules(side), interaction.body(side), interaction.headers(side))
            for side in (REQUEST, RESPONSE)
        ]
    except ValueError as error:
        raise _NotAPact(f"{where}: {_reason(error)}") from None
    except (KeyError, TypeError, AttributeError):
        parts = "states, query, headers, body or matching rules"
        raise _NotAPact(f"the {parts} of {where} are not as the specification has them") from None
    return interaction


def _reason(error: ValueError) -> str:
    """What is wrong with a part of an interaction."""
    if isinstance(error, json.JSONDecodeError):
        return f"the body is encoded JSON that cannot be read: {error}"
    if isinstance(error, binascii.Error):
        return f"the body is not base64: {error}"
    return str(error)


def _printable(text: str) -> str:
    """A name without control characters, cut to a length that fits reports."""
    text = "".join(character if character.isprintable() else " " for character in text).strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _specification(metadata: Mapping[str, Any]) -> str:
    entry = metadata.get("pactSpecification") or metadata.get("pact-specification")
    version = str(
        (entry.get("version") if isinstance(entry, dict) else None)
        or metadata.get("pactSpecificationVersion")
        or "2.0.0"
    )
    if version[:1] not in "1234":
        raise _NotAPact(f"specification {version} is not supported; 1 to 4 are")
    return version


def _label(interactions: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
    """Label interactions with their descriptions; those that share one with their states as well."""
    counts = Counter(interaction.description for interaction in interactions)
    labels = [
        f"{interaction.description} given {_printable(' and '.join(name for name, _ in interaction.states))}"
        if counts[interaction.description] > 1 and interaction.states
        else interaction.description
        for interaction in interactions
    ]
    return tuple(
        interaction if label == interaction.description else replace(interaction, label=label)
        for interaction, label in zip(interactions, labels, strict=True)
    )
