"""Texts of requests as people see them."""

from __future__ import annotations

from amr_core.errors import AmrError
from amr_core.plain_text import plain


def shown(where: str, text: str, code: str = "request.invalid") -> str:
    """Return a text as people see it, or raise code. where: the field that it came in."""
    try:
        return plain(text)
    except ValueError as error:
        raise AmrError(code, where=where, reason=str(error)) from error
