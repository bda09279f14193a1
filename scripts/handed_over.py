"""What may leave this checkout for another organisation, and folders that are emptied before something is made there.

Only files that git knows go out: who tries something out in the checkout leaves keys, accounts and journals there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import setup

ROOT = Path(__file__).resolve().parent.parent
MARK = ".made-for-hand-over"
"""In a folder that wheels.py or transfer.py made, and may empty again."""
_SECRET = ("*.key", "*.pem", "*.sqlite3", "*.sqlite3-*", "amr-first-password.txt")
_MADE = frozenset(("build", ".build", "node_modules", "__pycache__", ".vitest", "var"))
_TOP = frozenset((
    ".ci", ".dockerignore", ".gitattributes", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "LICENSES", "Makefile", "README.md", "REUSE.toml", "docker", "docs", "eval", "maps",
    "pyproject.toml", "requirements", "scripts", "src", "systemd", "tests", "worlds",
))  # fmt: skip
"""What lies at the top of the sources: without git, nothing else there is taken (a test holds it against git)."""
_NAMED = 5  # files in a message


class HandOverError(Exception):
    """Something may not be handed over or emptied, in one sentence."""


def git(*words: str, root: Path = ROOT) -> str | None:
    """Return what git says in a folder; None when it fails or is not installed."""
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def known(*folders: Path, root: Path = ROOT) -> list[Path]:
    """Return the files below some folders that git knows.

    Where it knows none of the sources, all in their folders but what is made: sources that somebody took over have no
    history, and a copy for another Python lies where git does not look.
    Raises HandOverError when there is a key, an account or a journal among them.
    """
    tracked = _listed(root, "--cached")
    found = tracked if tracked else _written(root, root)
    files = sorted(path for path in found if path.is_file() and any(path.is_relative_to(f) for f in folders))
    if secret := [path for path in files if any(fnmatch(path.name.lower(), pattern) for pattern in _SECRET)]:
        raise HandOverError(f"{_some(secret, root)} may hold a key, an account or a journal: move it away")
    return files


def check(folders: Sequence[Path], root: Path = ROOT) -> None:
    """Raise HandOverError when folders hold what may not be handed over, or files that git does not know."""
    known(*folders, root=root)
    if not _listed(root, "--cached"):
        return
    others = _listed(root, "--others", "--exclude-standard")
    if strangers := sorted(path for path in others if any(path.is_relative_to(folder) for folder in folders)):
        raise HandOverError(f"git does not know {_some(strangers, root)}: add, ignore or remove what is not to go out")


def _listed(root: Path, *options: str) -> list[Path]:
    """Return what `git ls-files` lists below root."""
    told = git("ls-files", "-z", *options, root=root)
    if told is None and (root / ".git").exists():
        raise HandOverError(f"git does not say which files it knows in {root}: `git status` there says why")
    return [root / name for name in (told or "").split("\0") if name]


def _written(folder: Path, root: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _made(Path(place, name).relative_to(root))]
        yield from (path for name in names if not _made((path := Path(place, name)).relative_to(root)))


def _made(path: Path) -> bool:
    """Tell whether a file below the root is made, not written, as .gitignore has it, or none of the sources at all."""
    return (
        path.parts[0] not in _TOP
        or any(part in _MADE or part.endswith(".egg-info") for part in path.parts)
        or path.suffix in (".pyc", ".nbi", ".nbc")
        or (ROOT / path).is_relative_to(setup.STATIC)
    )


def _some(paths: Sequence[Path], root: Path) -> str:
    told = ", ".join(path.relative_to(root).as_posix() for path in paths[:_NAMED])
    return told + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")


def emptied(out: Path, default: Path, root: Path = ROOT) -> Path:
    """Empty a folder and mark it; return it without links. default: the folder that is ours without a mark.

    Raises HandOverError, and deletes nothing, when the folder may be somebody else's or lies among the sources.
    """
    where = out.resolve()
    if root.is_relative_to(where) or (where.is_relative_to(root) and root / "build" not in where.parents):
        raise HandOverError(f"{where}: name a folder outside the checkout, or one below build")
    try:
        if where.exists() and not where.is_dir():
            raise HandOverError(f"{where} is a file: name a new folder")
        ours = where == default.resolve() or (where / MARK).is_file()
        if where.is_dir() and not ours and any(where.iterdir()):
            raise HandOverError(f"{where} is not empty and was not made by this command: name a new folder")
        if where.exists():
            shutil.rmtree(where)
        where.mkdir(parents=True)
        (where / MARK).write_text("Made by make wheels or make transfer, which empty this folder.\n", encoding="ascii")
    except OSError as error:
        raise HandOverError(f"{where} cannot be emptied and written: {error.strerror}") from error
    return where
