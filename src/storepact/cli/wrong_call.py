"""What is wrong with a call, in one line: which option, what it takes, and an example."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    Token,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)

from storepact.cli.commands import example_line
from storepact.run.config.secrets import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cyclopts import App
    from cyclopts.argument import Argument, ArgumentCollection

#: The sources of values that messages of the library name already.
_NAMED_SOURCES = ("cli", "env")

#: What a value of a type is called in a form, and in a sentence.
_FORMS = {int: "N", float: "NUMBER", Path: "PATH", timedelta: "TIME"}
_KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    timedelta: "a time such as 90s, 30m or 24h",
}


def describe_error(
    error: CycloptsError, options_of: Callable[[App | None], ArgumentCollection | None]
) -> str:
    """What is wrong with a call, on one line: the variable or line of the value first, no secret.

    `options_of` returns the options of a command.
    """
    tokens = error.argument.tokens if error.argument else []
    if isinstance(error, MissingArgumentError):
        error = _misspelt(error, options_of(error.app)) or error
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return _describe_missing(error, error.argument)
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        command = " ".join(error.command_chain or ())
        words = ", ".join(map(repr, error.unused_tokens))
        return mask_text(f"{command} takes no further argument: {words}; leave it out.")
    source = next((f"{token.source}: " for token in tokens if token.source not in _NAMED_SOURCES), "")
    if isinstance(error, ValidationError) and error.argument is not None and len(tokens) == 1:
        return mask_text(f"{source}{_describe_bound(error.exception_message, error.argument, tokens[0])}")
    if isinstance(error, CoercionError) and error.token is not None:
        sentence = _describe_value(error, error.token)
        if sentence:
            return mask_text(f"{source}{sentence}")
    return mask_text(f"{source}{' '.join(str(error).split())}")


def _misspelt(error: MissingArgumentError, options: ArgumentCollection | None) -> UnknownOptionError | None:
    """The first option of the call that the command does not have: the missing one may be misspelt."""
    if options is None:
        return None
    names = {name for argument in options for name in argument.names}
    typed = (word.partition("=")[0] for word in error.unused_tokens or () if word.startswith("--"))
    wrong = next((name for name in typed if name not in names), "")
    return (
        UnknownOptionError(token=Token(value=wrong, source="cli"), argument_collection=options, verbose=False)
        if wrong
        else None
    )


def _describe_missing(error: MissingArgumentError, argument: Argument) -> str:
    """An option without its value, or one that the command needs: its form, its meaning, an example."""
    keyword = error.keyword or next((token.keyword for token in argument.tokens if token.keyword), None)
    form = form_of(argument)
    if keyword is not None:
        value = f"; it takes {form.partition(' ')[2]}" if " " in form else ""
        return f"{keyword} has no value{value}: {_meaning(argument)}."
    example = example_line(" ".join(error.command_chain or ()))
    such_as = f" For example: {example}." if example else ""
    return f"{form} is missing: {_meaning(argument)}.{such_as}"


def _meaning(argument: Argument) -> str:
    """The first sentence of an option's help."""
    text = " ".join(str(argument.parameter.help or "").split())
    sentence = text.partition("; ")[0].partition(". ")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:] if not sentence[1:2].isupper() else sentence


def form_of(argument: Argument) -> str:
    """An option or argument as it is typed: `--until DATE`, `RUN`."""
    type_ = _type_of(argument.hint)
    value = argument.parameter.metavar or _FORMS.get(type_, "TEXT")
    if not argument.name.startswith("-"):
        return str(argument.parameter.metavar or argument.name)
    return argument.name if type_ is bool else f"{argument.name} {value}"


def _type_of(hint: Any) -> Any:
    """The type of a value: that of an element of a tuple, without None."""
    if get_origin(hint) is tuple:
        return _type_of(get_args(hint)[0])
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and NoneType in get_args(hint) else hint


def _describe_bound(problem: str, argument: Argument, token: Token) -> str:
    """A value that is out of bounds, as it was written: its type may write it in another way."""
    problem = " ".join(problem.split())
    return f"{token.keyword or argument.name} {token.value!r}: {problem[:1].lower()}{problem[1:]}"


def _describe_value(error: CoercionError, token: Token) -> str:
    """What a value has to be; empty where the library says it better, such as for choices."""
    kind = next((words for type_, words in _KINDS.items() if error.target_type is type_), "")
    name = token.keyword or (error.argument.name if error.argument else "")
    if not kind or not name or error.msg is not None:
        return ""
    return f"{name} takes {kind}, and not {token.value!r}."
