"""Hiding of secrets in what is kept and shown of requests, also where they are percent-encoded or escaped."""

from __future__ import annotations

import re

HIDDEN = "(hidden)"
"""What stands in the place of a secret."""

BODY_BYTES = 16384
"""How much of a body is kept and shown."""

_LONGEST_ESCAPE = 8
"""Characters that one of a secret may take where it is escaped."""


class Redaction:
    """Hides secrets as they are, percent-encoded as in URLs, or escaped as in JSON, wholly or in part."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._as_bytes = tuple(secret.encode() for secret in self._secrets)
        pattern = "|".join("".join(map(_escaped, secret)) for secret in self._secrets)
        self._pattern = re.compile(pattern) if pattern else None
        self._bytes_pattern = re.compile(pattern.encode()) if pattern else None
        self._overlap = _LONGEST_ESCAPE * max(map(len, self._as_bytes), default=0)

    def holds_secret(self, text: str) -> bool:
        """Return whether a secret stands in `text`."""
        if any(map(text.__contains__, self._secrets)):
            return True
        return self._pattern is not None and ("%" in text or "\\" in text) and bool(self._pattern.search(text))

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        if text and self._pattern is not None and self.holds_secret(text):
            return self._pattern.sub(HIDDEN, text)
        return text

    def beginning(self, data: bytes, length: int) -> bytes:
        """Return the first `length` bytes of `data` without secrets; of the rest only what follows is looked at."""
        part = data[: length + self._overlap]
        if self._bytes_pattern is not None and self._may_hold_secret(part) and self._bytes_pattern.search(part):
            part = self._bytes_pattern.sub(HIDDEN.encode(), data)
        return part[:length]

    def _may_hold_secret(self, part: bytes) -> bool:
        return any(map(part.__contains__, self._as_bytes)) or b"%" in part or b"\\" in part


def _escaped(character: str) -> str:
    """Return the pattern of a character as it is, after any number of percent-encodings, or escaped in JSON."""
    code, plain = f"{ord(character):02x}", re.escape(character)
    return rf"(?:%(?:25)*(?i:{code})|\\u00(?i:{code})|\\?{plain})"
