"""What may not stand in a configuration file, and what is masked where values are shown."""

from __future__ import annotations

import re

#: Keys that would hold a secret.
SECRET_KEYS = re.compile(r"(?:.*-)?(?:token|password|passphrase|secret|credentials?|api-?key)")

#: Names of variables, and of headers, that hold secrets.
_SECRET_NAMES = re.compile(
    r"token|passw|passphrase|secret|credential|cookie|authori[sz]ation|api[-_]?key|access[-_]?key",
    re.IGNORECASE,
)

#: A token or key as the provider makes them.
_TOKEN = re.compile(r"\b(?:api|sdk|mob|rel)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/@\s?#]*@", re.IGNORECASE)
_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s?#:]*:[^/@\s?#]+@|[?&][a-z_]*password=.", re.IGNORECASE)

_PARAMETER = re.compile(r"(?P<name>[?&][a-z_]*password=)[^&\s]*", re.IGNORECASE)

MASK = "***"


def is_secret_name(name: str) -> bool:
    """Whether a variable or header of this name holds a secret."""
    return bool(_SECRET_NAMES.search(name))


def holds_secret(key: str, text: str) -> bool:
    """Whether a value holds a token, a password, or a header that is a secret."""
    if key == "header":
        return is_secret_name(text.partition(":")[0]) or bool(_TOKEN.search(text))
    return bool(_TOKEN.search(text) or _PASSWORD.search(text))


def mask(key: str, text: str) -> str:
    """A value as it may be shown: without credentials, and of a header its name only."""
    if key == "header":
        return f"{text.partition(':')[0]}: {MASK}"
    if key == "token-command":
        return MASK
    return mask_text(text)


def mask_text(text: str) -> str:
    """A text without tokens and without the credentials of addresses."""
    without_credentials = _CREDENTIALS.sub(rf"\g<scheme>{MASK}@", text)
    return _TOKEN.sub(MASK, _PARAMETER.sub(rf"\g<name>{MASK}", without_credentials))
