"""Values: dataclasses that never change, without a guard that takes time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as lean_value
else:

    def lean_value(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """A `dataclass(frozen=True)` for mypy, which sees that nothing is assigned to.

        A frozen dataclass assigns its own fields by way of `object.__setattr__`, which takes five times as
        long: a tenth of the time of an exchange. It also takes longer to define, as does a representation
        that is written for each class.
        """
        is_shown = options.pop("repr", True)

        def decorate(cls: type) -> type:
            has_hash = vars(cls).get("__hash__") is not None
            is_hashable = frozen and options.get("eq", True) and not has_hash
            if is_shown and "__repr__" not in vars(cls):
                cls.__repr__ = _represent
            return dataclasses.dataclass(repr=False, unsafe_hash=is_hashable, **options)(cls)

        return decorate

    @recursive_repr("...")
    def _represent(value: Any) -> str:
        """The class and the fields of a value, but those that are not to be shown."""
        fields = (field.name for field in dataclasses.fields(value) if field.repr)
        members = ", ".join(f"{name}={getattr(value, name)!r}" for name in fields)
        return f"{type(value).__qualname__}({members})"


__all__ = ["lean_value"]
