"""Where drafts lie: a file for each engineer in a folder of their own, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError

MOST_BYTES: Final = 2 * 1024 * 1024
_OURS: Final = re.compile(r"([0-9a-f]{32})\.(json|part|broken)")


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

    def __init__(
        self, folder: Path | None = None, *, clock: Callable[[], float] = time.time,
        fits: Callable[[Any], object] = dict,
    ) -> None:  # fmt: skip
        """clock: Unix seconds. fits: raises ValueError for parts of a file that are none, as of another version."""
        self._folder, self._clock, self._fits = folder, clock, fits
        self._memory: dict[str, LayoutDraft] = {}
        self._lock = threading.Lock()

    def get(self, user: str) -> LayoutDraft | None:
        """Return the draft of a user. Raises store.failed for an unreadable file, layout.broken for no draft."""
        if self._folder is None:
            return self._memory.get(user)
        path = self._path(self._folder, user)
        try:
            draft = _checked(LayoutDraft(**json.loads(path.read_text(encoding="utf-8"))), user)
            self._fits(draft.parts)
            return draft
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AmrError("store.failed", reason=f"draft {path.name}: {type(error).__name__}") from error
        except (ValueError, TypeError, RecursionError) as error:
            raise AmrError("layout.broken", file=path.name) from error

    def put(self, user: str, revision: str, base: str, parts: dict[str, Any], *, anew: bool = False) -> LayoutDraft:
        """Keep a draft in the place of the one of that revision ("": of none), which says what it was begun on.

        anew: it is as if begun on this base. Raises layout.changed, layout.broken, store.failed.
        """
        with self._lock:
            before = self.get(user)
            self._compare(before, revision)
            now = self._clock()
            base = before.base if before is not None and not anew else base
            text = json.dumps([before.revision if before else "", now, base, parts], sort_keys=True)
            draft = LayoutDraft(user, base, parts, now, hashlib.sha256(text.encode()).hexdigest()[:16])
            self._write(draft)
        return draft

    def drop(self, user: str, revision: str) -> None:
        """Throw the draft of that revision away; a broken one, of no revision, is put aside beside it.

        Raises layout.changed, store.failed.
        """
        with self._lock:
            broken = False
            try:
                self._compare(self.get(user), revision)
            except AmrError as error:
                if error.code != "layout.broken":
                    raise
                if revision != "":
                    raise AmrError("layout.changed", at=0.0) from error
                broken = True
            self._memory.pop(user, None)
            if self._folder is not None:
                path = self._path(self._folder, user)
                try:
                    if broken:
                        path.replace(path.with_suffix(".broken"))
                    else:
                        path.unlink(missing_ok=True)
                except OSError as error:
                    raise AmrError("store.failed", reason=error.strerror or type(error).__name__) from error

    def keep_only(self, users: Iterable[str]) -> None:
        """Throw away the drafts of all others: who gets the name of somebody who left gets no draft with it."""
        with self._lock:
            known = set(users)
            for user in [u for u in self._memory if u not in known]:
                del self._memory[user]
            if self._folder is None or not self._folder.is_dir():
                return
            names = {_name(user) for user in known}
            for path in self._folder.iterdir():
                ours = _OURS.fullmatch(path.name)
                if ours is not None and ours[1] not in names:
                    with contextlib.suppress(OSError):  # tried again with the next start
                        path.unlink()

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
        return folder / f"{_name(user)}.json"


def _name(user: str) -> str:
    # A user's name may hold whatever a file system refuses.
    return hashlib.sha256(user.encode()).hexdigest()[:32]


def _checked(draft: LayoutDraft, user: str) -> LayoutDraft:
    """Return a draft as it was read. Raises ValueError for values that are none."""
    words = (draft.user, draft.base, draft.revision)
    whole = isinstance(draft.parts, dict) and isinstance(draft.saved_at, int | float) and math.isfinite(draft.saved_at)
    if not whole or not all(isinstance(word, str) for word in words) or draft.user != user:
        raise ValueError("not a draft of this user")
    return draft
