"""The hash by which a context is stored."""

from __future__ import annotations

import base64
import hashlib


def hash_context_key(key: str) -> str:
    """Base64 of the SHA-256 of a context's key in UTF-8: 44 characters."""
    return base64.b64encode(hashlib.sha256(key.encode()).digest()).decode("ascii")
