"""Runs unit and node tests on other versions of Python than the one of .venv, each in a copy of the checkout.

Usage: other_python.py [--quick | --set-up] [PYTHON ...]   (default: python3.11 to 3.13, as far as they are installed)
  --quick: without the unit tests that take longer than 0.1 s (tests/slow.txt).
  --set-up: only that, so that it can be done beside something else.
A copy stays in build/python-3.x: the next time only what changed is set up. The dashboard is not built for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from run_tests import side_by_side
from surroundings import neutral

ROOT = Path(__file__).resolve().parent.parent
DASHBOARD = Path("src", "amr_fleet", "amr_fleet", "static")
SUPPORTED = ("3.11", "3.12", "3.13")
COPIED = ".copied"
"""Names of the files that were copied, in the copy itself."""
MODES = ("--quick", "--set-up")


def version_of(python: str) -> str | None:
    """Return "3.13" for an interpreter by name or path; None if there is none."""
    path = shutil.which(python)
    if path is None:
        return None
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def chosen(candidates: Iterable[str], own: str) -> dict[str, str]:
    """Return version and interpreter of those candidates that we support and that are not our own."""
    found: dict[str, str] = {}
    for python in candidates:
        version = version_of(python)
        if version in SUPPORTED and version != own:
            found.setdefault(version, python)
    return found


def copied_before(target: Path) -> set[str]:
    """Return what the last copy brought: those files are the checkout's, all others were made by the set-up."""
    names = target / COPIED
    return set(names.read_text().split("\0")) - {""} if names.exists() else set()


def copy_checkout(target: Path) -> None:
    """Copy what git knows or would add into target, and the built dashboard; what was removed since goes there, too."""
    call = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if target.exists() and not (target / COPIED).exists():
        shutil.rmtree(target)  # nobody can say which of its files were removed since
    listed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    copied = set()
    for name in sorted(name for name in listed if name and (ROOT / name).is_file()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # tests that run beside take away what they made
            shutil.copy2(ROOT / name, target / name)
            copied.add(name)
    for name in copied_before(target) - copied:
        (target / name).unlink(missing_ok=True)
    (target / COPIED).write_text("\0".join(sorted(copied)))
    if (ROOT / DASHBOARD).is_dir():
        shutil.copytree(ROOT / DASHBOARD, target / DASHBOARD, dirs_exist_ok=True)


def try_on(python: str, version: str, mode: str) -> bool:
    """Set up and test a copy with this interpreter. mode: an option of ours, or empty."""
    copy = ROOT / "build" / f"python-{version}"
    copy_checkout(copy)
    env = neutral(os.environ)
    print(f"Python {version} ({python}) in {copy.relative_to(ROOT)}", flush=True)
    whole = ["tests/unit", "tests/node", "-m", "not alone", *side_by_side()]
    tests = [".venv/bin/python", "scripts/run_tests.py", *(["quick", "tests/node"] if mode == "--quick" else whole)]
    steps = [[python, "scripts/setup.py", "python"], *([] if mode == "--set-up" else [tests])]
    return all(subprocess.run(step, cwd=copy, env=env).returncode == 0 for step in steps)


def main(arguments: Sequence[str]) -> int:
    """Test on each interpreter; 0 only if all passed."""
    own = version_of(str(ROOT / ".venv" / "bin" / "python")) or ""
    mode = next((word for word in arguments if word in MODES), "")
    found = chosen(
        [word for word in arguments if word not in MODES] or [f"python{version}" for version in SUPPORTED], own
    )
    if not found:
        print(f"no other Python than {own} here: nothing to do")
    passed = {version: try_on(python, version, mode) for version, python in found.items()}
    for version, good in passed.items():
        print(f"Python {version}: {('set up' if mode == '--set-up' else 'passed') if good else 'FAILED'}")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
