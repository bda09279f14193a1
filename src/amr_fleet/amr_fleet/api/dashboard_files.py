"""The built dashboard's files: from its folder only, and compressed where the browser takes it."""

from __future__ import annotations

import mimetypes
import secrets
from pathlib import Path
from typing import Final

from fastapi.responses import FileResponse, HTMLResponse

from amr_fleet.api.gate import policy

# Best first: the ending of the file and the name that HTTP has for it.
_ENCODINGS: Final = ((".br", "br"), (".gz", "gzip"))
_LONGEST: Final = 255
_NONCE: Final = "NONCE-OF-STYLES"
"""What stands in the built page, for a nonce that no other answer has."""


def possible(path: str) -> bool:
    """Whether a page of the dashboard can have this path (without its first slash): long ones are of none."""
    return "\0" not in path and len(path) < _LONGEST


def inside(root: Path, path: str) -> bool:
    """Whether path is a file below root that a browser may ask for by this name."""
    if path.endswith(tuple(ending for ending, _ in _ENCODINGS)):
        return False
    try:
        file = (root / path).resolve()
        return file.is_relative_to(root) and file.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, with a zero byte
        return False


def accepted(header: str) -> frozenset[str]:
    """Return the encodings that an Accept-Encoding header takes (RFC 9110 section 12.5.3); rubbish takes none."""
    taken = set[str]()
    for part in header.lower().split(","):
        name, _, quality = part.strip().partition(";")
        weight = quality.replace(" ", "").removeprefix("q=") or "1"
        try:
            if name.strip() and float(weight) > 0:
                taken.add(name.strip())
        except ValueError:
            continue
    return frozenset(taken)


def page(file: Path) -> HTMLResponse:
    """Return the dashboard's page with a nonce of its own: only who reads it may add style elements."""
    nonce = secrets.token_urlsafe(16)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy(nonce)}
    return HTMLResponse(file.read_text(encoding="utf-8").replace(_NONCE, nonce), headers=headers)


def answer(file: Path, accept_encoding: str, cache: str) -> FileResponse:
    """Return a file, in the smallest form that stands beside it and that the browser takes."""
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    media_type = mimetypes.guess_type(file.name)[0]
    takes = accepted(accept_encoding)
    for ending, name in _ENCODINGS:
        small = file.with_name(file.name + ending)
        if name in takes and small.is_file():
            return FileResponse(small, media_type=media_type, headers={**headers, "Content-Encoding": name})
    return FileResponse(file, media_type=media_type, headers=headers)
