"""What responses showed in secret members, by its form: a record has forms in the place of these texts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from storepact.model.exchange import Forms
from storepact.model.form import Redacted, redaction_of
from storepact.model.tree import Json, Path, transform
from storepact.openapi.pointers import pointer_to


@dataclass
class DisclosedTexts:
    """The texts that were shown, each with its form: equal texts of one run have equal forms."""

    _texts: dict[str, str] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: os.urandom(16))

    def __contains__(self, text: str) -> bool:
        return self.form_of(text) in self._texts

    def form_of(self, text: str) -> str:
        """The form of a text, whether it was shown or not."""
        raw = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw, key=self._key, digest_size=8).hexdigest()

    def add(self, texts: Iterable[tuple[Path, str]]) -> Forms:
        """Note the texts of secret members; returns pointer and form of each, empty for an empty text."""
        forms: list[tuple[str, str]] = []
        for path, text in texts:
            form = self.form_of(text)
            self._texts[form] = text
            forms.append((pointer_to(path), form if text else ""))
        return tuple(forms)

    def redactions_of(self, forms: Forms) -> Forms:
        """How each of these texts that is not empty is redacted."""
        return tuple((pointer, redaction_of(self._texts[form])) for pointer, form in forms if form)

    def reveal(self, body: Json) -> Json:
        """A body to be sent, with the original text in place of each `Redacted`."""
        return transform(body, lambda node: self._texts[node.form] if isinstance(node, Redacted) else node)
