r"""JSON that others wrote, read so that it can be written again.

"\ud83d", half of an emoji that somebody cut in two, is a text to Python's JSON, and no UTF-8 has a word for it: it goes
through every check of lengths and types, and whoever writes it down or sends it on fails there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(said: str | bytes, decode: Callable[[str], Any] = json.loads) -> Any:
    """Return what a JSON text says. Raises ValueError: no UTF-8, no JSON, half a character; RecursionError: too deep.

    decode: reads the text.
    """
    text = said.decode("utf-8") if isinstance(said, bytes) else said  # Python would guess, and take halves in bytes
    value = decode(text)
    if _HALF.search(text):  # both halves of one make a whole
        json.dumps(value, ensure_ascii=False).encode()
    return value


def whole(text: str) -> bool:
    """Return whether no text in a JSON text is half a character. What is no JSON is for others to refuse."""
    if not _HALF.search(text):
        return True
    try:
        read_json(text)
    except UnicodeError:
        return False
    except (ValueError, RecursionError):
        pass
    return True


def writable(text: str) -> str:
    """Return text with "?" in place of what UTF-8 has no word for."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
