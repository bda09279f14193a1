"""Pictures that workers take of loads: made anew so that nothing but the picture is in them, and deleted by their age.

They lie in a folder of their own, beside the journal and not in it: the journal keeps for ever, a picture does not.
What stays is its SHA-256 in the load's custody record, which says that there was one and that a copy is that one.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from PIL import Image, ImageOps

from amr_core.errors import AmrError

KEEP_DAYS: Final = 7
"""Days that a picture is kept; see docs/security.md."""
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
LONGEST: Final = 1600
"""px of the longer side as it is kept: enough to see a torn wrap, too little to read a badge across the hall."""
MOST_KEPT: Final = 5000
SWEEP_S: Final = 600.0  # chosen: of seven days ten minutes more are nothing; each sweep lists up to 5,000 files
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_log = structlog.get_logger("amr_fleet.api")


def cleaned(data: bytes) -> bytes:
    """Return a picture as a JPEG of at most LONGEST px, upright, without EXIF and all else that was in the file.

    Raises photo.unreadable for what is none, is larger than MOST_BYTES or has more than MOST_PIXELS.
    """
    if len(data) > MOST_BYTES:
        raise AmrError("photo.unreadable", reason=f"larger than {MOST_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise AmrError("photo.unreadable", reason=f"more than {MOST_PIXELS} pixels")
                picture.draft("RGB", (LONGEST, LONGEST))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except AmrError:
        raise
    except Exception as error:  # a decoder fails in many ways on what a stranger sends
        raise AmrError("photo.unreadable", reason=type(error).__name__) from error
    upright.thumbnail((LONGEST, LONGEST))
    bare = Image.new("RGB", upright.size)  # a new one: nothing of what the file said beside its pixels
    bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=80)
    return out.getvalue()


class PhotoStore:
    """The pictures in a folder, readable for its owner only. Safe to call from several threads. clock: Unix seconds."""

    def __init__(
        self, folder: Path | None = None, *, days: float = KEEP_DAYS, clock: Callable[[], float] = time.time
    ) -> None:
        """folder None: none is kept."""
        self._folder, self.days, self._clock = folder, days, clock
        self._lock = threading.Lock()
        self._over = threading.Event()
        if folder is not None:
            threading.Thread(target=self._sweep_on, name="photo_sweep", daemon=True).start()

    def close(self) -> None:
        """End the sweeping."""
        self._over.set()

    def add(self, data: bytes, most: int | None = None) -> str:
        """Keep a picture; return its name, the SHA-256 of what is kept. Raises photo.unreadable or photo.not_kept.

        most: with so many kept already, this one is not: who may do without leaves room for the others.
        """
        most = MOST_KEPT if most is None else most
        kept = cleaned(data)
        if self._folder is None:
            raise AmrError("photo.not_kept", reason="no folder")
        name = hashlib.sha256(kept).hexdigest()
        with self._lock:
            self._sweep()
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if len(os.listdir(self._folder)) >= most:
                    raise AmrError("photo.not_kept", reason=f"{most} are kept already")
                self._write(self._folder / f"{name}.jpg", kept)
            except OSError as error:
                raise AmrError("photo.not_kept", reason=error.strerror or type(error).__name__) from error
        return name

    def _write(self, path: Path, kept: bytes) -> None:
        """Write a picture whole or not at all; the same once more is as new as this one."""
        half = path.with_suffix(".part")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(kept)
        now = self._clock()
        os.utime(half, (now, now))
        half.replace(path)

    def get(self, name: str) -> bytes:
        """Return a picture, or raise photo.gone: deleted, too old, or never there."""
        path = self._path(name)
        try:
            if path is not None and self._clock() - path.stat().st_mtime < self.days * 86400.0:
                return path.read_bytes()
        except OSError:
            pass  # gone meanwhile
        raise AmrError("photo.gone", days=self.days)

    def remove(self, name: str) -> None:
        """Delete a picture before its time, or raise photo.gone."""
        path = self._path(name)
        try:
            if path is not None:
                path.unlink()
                return
        except OSError:
            pass  # gone already
        raise AmrError("photo.gone", days=self.days)

    def sweep(self) -> int:
        """Delete what is older than the days; return how many."""
        with self._lock:
            return self._sweep()

    def _sweep(self) -> int:
        gone, now = 0, self._clock()
        for path in self._listed():
            try:
                if now - path.stat().st_mtime >= self.days * 86400.0:
                    path.unlink()
                    gone += 1
            except OSError as error:
                _log.error("photos.not_deleted", reason=error.strerror)
        return gone

    def _listed(self) -> list[Path]:
        """Return what is in the folder; one that cannot be read now is looked at again later."""
        try:
            return list(self._folder.iterdir()) if self._folder is not None and self._folder.is_dir() else []
        except OSError as error:
            _log.error("photos.not_listed", reason=error.strerror)
            return []

    def _sweep_on(self) -> None:
        while True:
            self.sweep()
            if self._over.wait(SWEEP_S):
                return

    def _path(self, name: str) -> Path | None:
        return self._folder / f"{name}.jpg" if self._folder is not None and _NAME.fullmatch(name) else None
