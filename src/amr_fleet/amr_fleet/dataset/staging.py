"""The temporary place beside the release: finished stages survive a kill, a full disk leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError

_PROGRESS: Final = "progress.json"
_KEY: Final = "key"


class Staging:
    """`.NAME.partial` beside OUT: `work` becomes OUT in the end, progress.json says which stages are done."""

    def __init__(self, out: Path, inputs: str) -> None:
        """inputs: fingerprint of everything that the release is made of; what was begun with others is thrown away."""
        self.out, self.folder = out, out.with_name(f".{out.name}.partial")
        self.work = self.folder / "work"
        self._inputs = inputs
        self._done: dict[str, Any] = {}

    def open(self) -> None:
        """Take the place; raise dataset.exists for a release that is there, dataset.busy when another one writes it."""
        if self.out.is_symlink() or (self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir()))):
            raise AmrError("dataset.exists", folder=str(self.out))
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise AmrError("dataset.busy", folder=str(self.out)) from None
        self._done = self._load()
        self.work.mkdir(exist_ok=True, mode=0o755)

    def _load(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / _PROGRESS).read_text(encoding="utf-8"))
            if found["inputs"] == self._inputs:
                return dict(found["done"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        shutil.rmtree(self.work, ignore_errors=True)
        (self.folder / _KEY).unlink(missing_ok=True)
        return {}

    def key(self, make: Callable[[], bytes]) -> bytes:
        """Return the key of this release; it is destroyed with the staging folder."""
        path = self.folder / _KEY
        if not path.exists():
            path.touch(0o600)
            path.write_bytes(make())
            self._save()
        return path.read_bytes()

    def stage(self, name: str, make: Callable[[], dict[str, Any]], say: Callable[[str], None]) -> dict[str, Any]:
        """Do a stage unless it is done; return what it said of its work (JSON)."""
        if name in self._done:
            say(f"{name}: done before")
            return dict(self._done[name])
        self._done[name] = make()
        self._save()
        return dict(self._done[name])

    def _save(self) -> None:
        path = self.folder / _PROGRESS
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"inputs": self._inputs, "done": self._done}), encoding="utf-8")
        part.replace(path)

    def finish(self) -> None:
        """Give the release its name, in one step, and destroy key and progress."""
        os.replace(self.work, self.out)
        self.remove()

    def remove(self) -> None:
        """Leave nothing behind. The key is overwritten first; what the disk's own layers keep is beyond a program."""
        key = self.folder / _KEY
        try:
            if key.exists():
                with key.open("r+b") as file:
                    file.write(bytes(key.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Let the place go; what is done stays for the next try."""
        os.close(self._lock)


@contextmanager
def staged(out: Path, inputs: str) -> Iterator[Staging]:
    """Give a staging place. An error, such as a full disk (dataset.failed), empties it; a kill or Ctrl-C leaves it."""
    staging = Staging(out, inputs)
    try:
        staging.open()
    except OSError as error:
        raise AmrError("dataset.failed", reason=f"{out}: {error.strerror or error}") from error
    try:
        yield staging
        staging.finish()
    except AmrError:
        staging.remove()
        raise
    except (OSError, sqlite3.Error) as error:
        staging.remove()
        raise AmrError("dataset.failed", reason=str(error)) from error
    finally:
        staging.close()
