"""Credentials: the token that a request is sent with, by the role it plays."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Auth
from storepact.model.curl import TOKEN_FILTERS
from storepact.model.errors import UsageError
from storepact.model.files import read_text
from storepact.model.values import lean_value

#: A token of the right form that no provider has issued.
GARBAGE_TOKEN = "api-00000000-0000-4000-8000-000000000000"  # noqa: S105 - not a secret

#: Keys of the kinds that SDKs use, which the API refuses.
SDK_KEY = "sdk-00000000-0000-4000-8000-000000000000"
MOBILE_KEY = "mob-00000000-0000-4000-8000-000000000000"

#: Tokens that are the same in every run.
_FIXED = {
    Auth.GARBAGE: GARBAGE_TOKEN,
    Auth.SDK_KEY: SDK_KEY,
    Auth.MOBILE_KEY: MOBILE_KEY,
    Auth.EMPTY: "",
    Auth.BEARER: f"Bearer {GARBAGE_TOKEN}",
}

#: What records and curl lines show in place of a token.
_PLACEHOLDERS = {
    **_FIXED,
    Auth.LONGER: f"${{{TOKEN_VARIABLE}}}0",
    Auth.FOLLOWED: f"${{{TOKEN_VARIABLE}}} x",
    Auth.PRECEDED: f"x${{{TOKEN_VARIABLE}}}",
    Auth.SHORTER: f"${{{TOKEN_VARIABLE}%?}}",
    Auth.ALTERED: f"${{{TOKEN_VARIABLE}%?}}_",
    **{auth: f'$(printf %s "${TOKEN_VARIABLE}" | {command})' for auth, command in TOKEN_FILTERS.items()},
    Auth.READER: f"${READER_VARIABLE}",
    Auth.READ_ONLY: f"${READER_VARIABLE}",
    Auth.EXHAUSTED: "$STOREPACT_EXHAUSTED_TOKEN",  # of the mock only
    Auth.CONTENDED: "$STOREPACT_CONTENDED_TOKEN",
    Auth.ORPHANED: "$STOREPACT_ORPHANED_TOKEN",
    Auth.CONTROL: "$STOREPACT_MOCK_CONTROL",
}


#: The variables that hold the tokens of a target, unless the settings name others: the first may write, the
#: second may only read.
USUAL_VARIABLES = {Auth.WRITER: TOKEN_VARIABLE, Auth.READER: READER_VARIABLE}

#: The characters between the parts of a token.
_WITHOUT_SEPARATORS = str.maketrans("", "", "._-")

#: The end of a token: a character, seven that follow it, and the last four.
_LAST_TWELVE = re.compile(r"(.)(.{7})(....)$")

#: What is sent in place of the token that may write, by what is changed about it.
_CHANGES: Mapping[Auth, Callable[[str], str]] = {
    Auth.LONGER: lambda token: f"{token}0",
    Auth.FOLLOWED: lambda token: f"{token} x",
    Auth.PRECEDED: lambda token: f"x{token}",
    Auth.SHORTER: lambda token: token[:-1],
    Auth.ALTERED: lambda token: token[:-1] + ("-" if token.endswith("_") else "_"),
    Auth.RECASED: str.swapcase,
    Auth.UNSEPARATED: lambda token: token.translate(_WITHOUT_SEPARATORS),
    Auth.REARRANGED: lambda token: _LAST_TWELVE.sub(r"\2\1\3", token),
}

#: Seconds that a command may take to print a token.
_COMMAND_SECONDS = 30


@lean_value(frozen=True)
class TokenSource:
    """Where the token that may write comes from, if not from the environment: a file or a command."""

    file: Path | None = None
    command: str | None = None

    @property
    def option(self) -> str:
        """The option that names it."""
        return f"--token-file {self.file}" if self.command is None else "--token-command"

    def fetch(self) -> str:
        """The token as it is now.

        Raises:
            UsageError: there is none.

        """
        if self.command is not None:
            return _check_token(self._run(self.command), "--token-command")
        assert self.file is not None
        try:
            text = read_text(self.file)
        except UnicodeDecodeError:
            raise UsageError(f"--token-file {self.file} does not hold a token: it is no text") from None
        except OSError as error:
            raise UsageError(f"--token-file {self.file} cannot be read: {error.strerror or error}") from None
        return _check_token(text, f"--token-file {self.file}")

    def _run(self, command: str) -> str:
        """What the command prints; its output is in no message."""
        try:
            words = shlex.split(command)
            result = subprocess.run(
                words,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=_COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"--token-command has printed no token within {_COMMAND_SECONDS} s") from None
        except (OSError, ValueError, IndexError) as error:
            reason = getattr(error, "strerror", None) or "it is no command line"
            raise UsageError(f"--token-command cannot be run: {reason}") from None
        if result.returncode:
            raise UsageError(f"--token-command ended with exit code {result.returncode}")
        return result.stdout


def _check_token(text: str, source: str) -> str:
    token = text.strip()
    if not token:
        raise UsageError(f"{source} holds no token")
    if not (token.isascii() and token.isprintable()):
        raise UsageError(f"{source} holds a line break or another character that no token has")
    return token


@lean_value(frozen=True, repr=False)
class Credentials:
    """Tokens by the role they play. Never printed."""

    tokens: Mapping[Auth, str] = field(default_factory=dict)
    sources: Mapping[Auth, str] = field(default_factory=dict)
    """The variables and options that the tokens come from, for messages."""

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self.tokens))})"

    def token(self, auth: Auth) -> str | None:
        """The token to send, or None to send none.

        Raises:
            KeyError: this run has no such token.

        """
        match auth:
            case Auth.NONE:
                return None
            case Auth.GARBAGE | Auth.SDK_KEY | Auth.MOBILE_KEY | Auth.EMPTY | Auth.BEARER:
                return _FIXED[auth]
        if auth in _CHANGES:
            return _CHANGES[auth](self.tokens[Auth.WRITER])
        return self.tokens[auth]

    def with_writer(self, token: str) -> Credentials:
        """The same with another token that may write; an empty one changes nothing."""
        return replace(self, tokens={**self.tokens, Auth.WRITER: token}) if token else self

    def source_of(self, auth: Auth) -> str:
        """The variable or option that the token of a role comes from."""
        usual = USUAL_VARIABLES.get(auth, TOKEN_VARIABLE)
        return self.sources.get(auth, usual)

    def has(self, auth: Auth) -> bool:
        """Whether requests can be sent in this role."""
        if auth in _CHANGES:  # a token may have neither letters nor separators
            token = self.tokens.get(Auth.WRITER, "")
            return token not in ("", _CHANGES[auth](token))
        return auth is Auth.NONE or auth in _FIXED or auth in self.tokens


def placeholder(auth: Auth) -> str:
    """What is shown in place of the token of this role: a shell variable, or a token that is not secret."""
    return _PLACEHOLDERS.get(auth, f"${TOKEN_VARIABLE}")


def credentials_from(
    environment: Mapping[str, str] = os.environ,
    source: TokenSource | None = None,
    variables: Mapping[Auth, str] = USUAL_VARIABLES,
) -> Credentials:
    """The tokens of a live target, by the variables that hold them.

    The first comes from the `source`, if there is one.

    Raises:
        UsageError: a token holds a character that headers cannot hold, or the source has none.

    """
    tokens = {
        role: environment.get(name, "").strip()
        for role, name in variables.items()
        if source is None or role is not Auth.WRITER
    }
    for role, token in tokens.items():
        if not (token.isascii() and token.isprintable()):
            raise UsageError(
                f"{variables[role]} holds a line break or another character that no token has: set it again"
            )
    if source is not None:
        tokens[Auth.WRITER] = source.fetch()
    sources = dict(variables) if source is None else {**variables, Auth.WRITER: source.option}
    return Credentials({role: token for role, token in tokens.items() if token}, sources)
