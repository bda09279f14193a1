"""Where drafts lie: a file for each engineer in a folder of their own, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError

MOST_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True)
class LayoutDraft:
    """What an engineer saved. base: hash of the running site's text then; saved_at: Unix seconds; revision: of this."""

    user: str
    base: str
    parts: dict[str, Any]
    saved_at: float
    revision: str


class DraftStore:
    """One draft a user. folder None: they are kept for this run only. Safe to call from several threads."""

    def __init__(self, folder: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """clock: Unix seconds."""
        self._folder, self._clock = folder, clock
        self._memory: dict[str, LayoutDraft] = {}
        self._lock = threading.Lock()

    def get(self, user: str) -> LayoutDraft | None:
        """Return the draft of a user. Raises store.failed for one that cannot be read."""
        if self._folder is None:
            return self._memory.get(user)
        path = self._path(self._folder, user)
        try:
            return LayoutDraft(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise AmrError("store.failed", reason=f"draft {path.name}: {type(error).__name__}") from error

    def put(self, user: str, revision: str, base: str, parts: dict[str, Any]) -> LayoutDraft:
        """Keep a draft in the place of the one of that revision ("": of none). Raises layout.changed, store.failed."""
        with self._lock:
            before = self.get(user)
            self._compare(before, revision)
            now = self._clock()
            text = json.dumps([before.revision if before else "", now, base, parts], sort_keys=True)
            draft = LayoutDraft(user, base, parts, now, hashlib.sha256(text.encode()).hexdigest()[:16])
            self._write(draft)
        return draft

    def drop(self, user: str, revision: str) -> None:
        """Throw the draft of that revision away. Raises layout.changed, store.failed."""
        with self._lock:
            self._compare(self.get(user), revision)
            self._memory.pop(user, None)
            if self._folder is not None:
                try:
                    self._path(self._folder, user).unlink(missing_ok=True)
                except OSError as error:
                    raise AmrError("store.failed", reason=error.strerror or type(error).__name__) from error

    @staticmethod
    def _compare(before: LayoutDraft | None, revision: str) -> None:
        if (before.revision if before is not None else "") != revision:
            raise AmrError("layout.changed", at=before.saved_at if before is not None else 0.0)

    def _write(self, draft: LayoutDraft) -> None:
        if self._folder is None:
            self._memory[draft.user] = draft
            return
        data = json.dumps(asdict(draft), ensure_ascii=False).encode()
        if len(data) > MOST_BYTES:
            raise AmrError("request.invalid", where="body", reason=f"larger than {MOST_BYTES} bytes")
        path = self._path(self._folder, draft.user)
        half = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError as error:
            raise AmrError("store.failed", reason=error.strerror or type(error).__name__) from error

    @staticmethod
    def _path(folder: Path, user: str) -> Path:
        # A name may hold whatever a file system refuses.
        return folder / f"{hashlib.sha256(user.encode()).hexdigest()[:32]}.json"
