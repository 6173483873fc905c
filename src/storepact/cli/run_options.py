"""The options of a run, for the commands that take them: each is made from a field of `Settings`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from storepact.run.options import OptionField
from storepact.run.settings import Settings, option_fields
from storepact.run.topics import FURTHER, TOPICS, topic_of

T = TypeVar("T")

_GROUPS = {topic: Group(topic, sort_key=10 + number) for number, topic in enumerate((*TOPICS, FURTHER))}


def takes_settings(command: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Replace a function's parameter `settings` by the options of a command."""
    entries = list(option_fields(command))

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(function)
        def run(*arguments: Any, **values: Any) -> T:
            chosen = {entry.name: values.pop(entry.name) for entry in entries if entry.name in values}
            return function(*arguments, settings=Settings(**chosen), **values)

        own = inspect.signature(function, eval_str=True)
        parameters = [parameter for parameter in own.parameters.values() if parameter.name != "settings"]
        parameters += [
            inspect.Parameter(
                entry.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if command in entry.option.required_by else entry.default,
                annotation=_annotation(entry),
            )
            for entry in entries
        ]
        del run.__wrapped__
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def _annotation(entry: OptionField) -> Any:
    """The field's type, with the field's help and limits."""
    option = entry.option
    limits = Number(gte=option.minimum, lte=option.maximum)
    validator = limits if option.minimum is not None or option.maximum is not None else None
    names = (entry.flag, option.short) if option.short else None
    group = _GROUPS[topic_of(entry.name)]
    return Annotated[
        entry.type,
        Parameter(name=names, help=option.help, metavar=option.metavar, validator=validator, group=group),
    ]
