"""`make mutants`: change the lines that matter most, one at a time, and see whether a test notices (mutmut).

Usage: mutants.py [run | on | half | again | report] [PATTERN ...]
  run (the default): all mutants anew, or those whose names match a pattern ("amr_fleet.service*"), without the page.
  on: what an interrupted run did not come to, and what changed since.
  half: those with an even number, in half the time.
  again: only what lived in the last run, after new tests.
  report: no run, only the page; of modules that the last run left out it keeps what it said.
Which modules and which tests: [tool.mutmut] in pyproject.toml. In the end docs/mutants.md is written, where each mutant
that lives has to be explained by hand; exit code 1 while one is not, or when fewer than 85 % of a module die.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import mutants_page
from stamps import VENV

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
TOOLS = BUILD / "tools"
PACKAGES = ("amr_fleet", "amr_navigation")
EVEN = "*__mutmut_*[02468]"
KERNELS = ("amr_navigation/monitor/collision.py",)
"""mutmut leaves decorated functions alone: here the kernels lose their @njit and run as plain Python, more slowly."""


def install_tools() -> None:
    """Install mutmut beside the build: only this command needs it."""
    lock = ROOT / "requirements" / "mutants.lock"
    stamp = TOOLS / lock.name
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(VENV / "bin" / "python")]
    subprocess.run([*uv, "--target", str(TOOLS), "--no-deps", "--require-hashes", "-r", str(lock)], check=True)
    shutil.copy2(lock, stamp)


def lay_out() -> None:
    """Copy the packages to src/<package> of a tree of its own: mutmut takes a module's name from its path."""
    for name in PACKAGES:
        _renew(ROOT / "src" / name / name, TREE / "src" / name)
    _renew(ROOT / "tests", TREE / "tests")
    for name in KERNELS:
        path = TREE / "src" / name
        _write(path, path.read_text(encoding="utf-8").replace("@njit\n", ""))
    _write(TREE / "pyproject.toml", _settings())


def _settings() -> str:
    """Return pyproject.toml with the paths where mypy finds the packages that are not in the tree."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    others = sorted(path.parent.parent for path in ROOT.glob("src/*/*/__init__.py") if path.parent.name not in PACKAGES)
    where = os.pathsep.join(["src", *map(str, others)])
    return re.sub(r'^mypy_path = ".*"$', f'mypy_path = "{where}"', text, flags=re.MULTILINE)


def _renew(source: Path, target: Path) -> None:
    """Copy what changed, with its times: mutmut makes mutants anew only of files that are newer than theirs."""
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and _is_ours(path)}
    for old in [path for path in target.rglob("*") if path.is_file() and path.relative_to(target) not in wanted]:
        old.unlink()
    for name in wanted:
        new, old = source / name, target / name
        if not old.is_file() or old.stat().st_mtime != new.stat().st_mtime:
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(new, old)


def _is_ours(path: Path) -> bool:
    return not {"__pycache__", "static", "node_modules"} & set(path.parts)


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def mutmut(*arguments: str) -> int:
    """Run mutmut in the tree."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(TOOLS),
        "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "COLUMNS": "100",
    }
    call = [str(VENV / "bin" / "python"), "-m", "mutmut", *arguments]
    return subprocess.run(call, cwd=TREE, env=environment).returncode


def main(arguments: Sequence[str]) -> int:
    """Run mutmut as asked and write the page."""
    verb, patterns = (arguments[0], list(arguments[1:])) if arguments else ("run", [])
    if verb not in ("run", "on", "half", "again", "report"):
        print(__doc__)
        return 2
    results, a_part = TREE / "mutants", bool(patterns)
    if verb != "report":
        if verb in ("run", "half") and not a_part:
            shutil.rmtree(results, ignore_errors=True)
        install_tools()
        lay_out()
        if verb == "again":
            patterns = mutants_page.alive(results)
        elif verb == "half":
            patterns = [EVEN]
        began = time.monotonic()
        if (code := mutmut("run", *patterns)) != 0:
            return code
        print(f"{time.monotonic() - began:.0f} s")
    return mutants_page.write(results, None if a_part else ROOT / "docs" / "mutants.md")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
