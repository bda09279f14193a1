"""The files of a site as one archive with a version, for robots: site.yaml, map, masks, graph.

The version is a hash of names and contents: two computers with the same files have the same version, whenever and
however they got them.
"""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError

_KINDS: Final = frozenset({".yaml", ".png", ".pgm", ".geojson"})
_MOST_FILES, _MOST_BYTES = 64, 50_000_000
_MAIN: Final = "site.yaml"
_HERE, _RENAME_EXCHANGE = -100, 2  # AT_FDCWD; linux/fs.h


def version(folder: Path) -> str:
    """Return the version of a site's files: 64 hexadecimal signs."""
    return _version({path.name: path.read_bytes() for path in _files(folder)})


def is_version(text: str) -> bool:
    """Return whether a text has the form of a version."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def pack(folder: Path) -> tuple[bytes, str]:
    """Return the files of a site as .tar.gz, the same bytes for the same files, and their version, of one reading.

    Raises site.archive for what unpack would refuse, and when the files cannot be read.
    """
    try:
        files = {path.name: path.read_bytes() for path in _files(folder)}
        data = _tarred(files)
    except (OSError, ValueError) as error:  # ValueError: a name that is too long for a tar
        raise AmrError("site.archive", reason=f"{folder.name}: {str(error)[:100]}") from None
    if _MAIN not in files:
        raise AmrError("site.archive", reason=f"{folder.name} has no {_MAIN}")
    if len(files) > _MOST_FILES or len(data) > _MOST_BYTES:
        raise AmrError("site.archive", reason=f"{folder.name} has over {_MOST_FILES} files or {_MOST_BYTES} bytes")
    return gzip.compress(data, mtime=0), _version(files)


def _tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def unpack(data: bytes, folder: Path, wanted: str, *, check: Callable[[Path], None] = lambda _: None) -> None:
    """Put the files of an archive in the place of folder, all of them or, where anything is wrong, none: site.archive.

    wanted: the version that it must have. check: raises for files that are not to be taken, before anything changes.
    What was in folder before is beside it afterwards, with .before at its end.
    """
    files = _read(data)
    if _version(files) != wanted:
        raise AmrError("site.archive", reason="it is not the version that was promised")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            _write(fresh / name, content)
        fresh.chmod(0o755)
        check(fresh)
        _sync(fresh)
        swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap(fresh: Path, folder: Path) -> None:
    """Put fresh in the place of folder, and folder beside it with .before at its end.

    Folders change places at once, where the file system can: whenever the power goes, folder is whole, the old one or
    the new, and so is what is beside it. What was beside it until now is in fresh's place at the end.
    """
    before = folder.with_name(f"{folder.name}.before")
    _sync(folder.parent)
    if not folder.exists():
        fresh.rename(folder)
    elif before.exists():
        _exchange(fresh, before)
        _exchange_or_undo(before, folder, lambda: _exchange(fresh, before))
    else:
        fresh.rename(before)
        _exchange_or_undo(before, folder, lambda: before.rename(fresh))
    _sync(folder.parent)


def _exchange_or_undo(one: Path, other: Path, undo: Callable[[], object]) -> None:
    try:
        _exchange(one, other)
    except OSError:
        undo()
        raise


def _write(file: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Put on the disk which names a folder has."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def go_back(folder: Path) -> None:
    """Take the files that were there before the last unpack, or raise site.archive."""
    before = folder.with_name(f"{folder.name}.before")
    if not (before / _MAIN).is_file():
        raise AmrError("site.archive", reason=f"there is no {before.name} to go back to")
    if folder.exists():
        _exchange(before, folder)
    else:
        before.rename(folder)
    _sync(folder.parent)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places: renameat2(2) does it at once, where the file system can; else in three steps.

    A step that fails is undone: each folder is where it was.
    """
    with contextlib.suppress(OSError, AttributeError):  # AttributeError: a C library without it
        call = ctypes.CDLL(None, use_errno=True).renameat2
        if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _RENAME_EXCHANGE) == 0:
            return
    aside = other.with_name(f"{other.name}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.ExitStack() as undo:
        other.rename(aside)
        undo.callback(aside.rename, other)
        one.rename(other)
        undo.callback(other.rename, one)
        aside.rename(one)
        undo.pop_all()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _KINDS and path.is_file())


def _version(files: dict[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return total.hexdigest()


def _read(data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_unzipped(data)), mode="r:") as archive:
            for entry in archive:
                whole = entry.isfile() and not entry.issparse()  # a few bytes of holes say to be many gigabytes
                if not whole or Path(entry.name).suffix not in _KINDS or entry.name != Path(entry.name).name:
                    raise AmrError("site.archive", reason=f"{entry.name[:64]} is no file of a site")
                stream = archive.extractfile(entry)
                found[entry.name] = stream.read() if stream is not None else b""
                if len(found[entry.name]) != entry.size or len(found) > _MOST_FILES:
                    raise AmrError("site.archive", reason="it is cut off or has too many files")
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise AmrError("site.archive", reason=str(error)[:100] or "it is cut off") from None
    if _MAIN not in found:
        raise AmrError("site.archive", reason=f"it has no {_MAIN}")
    return found


def _unzipped(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        whole = stream.read(_MOST_BYTES + 1)
    if len(whole) > _MOST_BYTES:
        raise AmrError("site.archive", reason=f"it is larger than {_MOST_BYTES} bytes")
    return whole
