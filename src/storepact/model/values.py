"""Values: dataclasses that never change, without a guard that takes time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as lean_value
else:

    def lean_value(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """A `dataclass(frozen=True)` for mypy, which sees that nothing is assigned to.

        A frozen dataclass assigns its own fields by way of `object.__setattr__`, which takes five times as
        long: a tenth of the time of an exchange. It also takes longer to define.
        """

        def decorate(cls: type) -> type:
            has_hash = vars(cls).get("__hash__") is not None
            is_hashable = frozen and options.get("eq", True) and not has_hash
            return dataclasses.dataclass(unsafe_hash=is_hashable, **options)(cls)

        return decorate


__all__ = ["lean_value"]
