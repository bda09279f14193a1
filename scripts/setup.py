"""`make setup`: everything between a fresh checkout and a working .venv. Standard library only.

Each stage leaves a stamp with the hash of its inputs in .venv/stamps; a stage whose inputs did not change is skipped.
Usage: setup.py [all | lock | typecheck-web | lint-web]
"""

from __future__ import annotations

import sys

if not (3, 11) <= sys.version_info[:2] < (3, 14):
    _found = ".".join(str(part) for part in sys.version_info[:2])
    print(
        f"Python 3.11, 3.12 or 3.13 is needed and {sys.executable} is {_found}; choose another with: "
        "make PYTHON=python3.12 (on Ubuntu: apt-get install python3.12 python3.12-venv python3.12-dev).",
        file=sys.stderr,
    )
    raise SystemExit(2)

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import ament_index
from build_interfaces import INTERFACE_PACKAGES, build_package, package_inputs
from prerequisites import missing_prerequisite
from stamps import STAMPS, VENV, digest, is_fresh, stamp

ROOT = Path(__file__).resolve().parent.parent
BIN = VENV / "bin"
LOCKS = ROOT / "requirements"
SYNCED = (LOCKS / "dev.lock", LOCKS / "sdf.lock")
WEB = ROOT / "src" / "amr_fleet" / "web"
PYTHON_PACKAGES = (
    "amr_core",
    "amr_description",
    "amr_ros",
    "amr_navigation",
    "amr_perception",
    "amr_fleet",
    "amr_sim",
    "amr_bringup",
    "amr_lab",
)
COMPILE = ("pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11")


def run(arguments: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command; on failure print its output and stop."""
    done = subprocess.run(
        [str(part) for part in arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        print(f"This command failed: {' '.join(str(part) for part in arguments)}", file=sys.stderr)
        raise SystemExit(1)


def stage(name: str, title: str, inputs: Iterable[Path], work: Callable[[], None], *, extra: str = "") -> bool:
    """Do work unless its inputs are those of the last time; tell whether it was done."""
    key = digest(inputs, extra)
    if is_fresh(name, key):
        return False
    began = time.monotonic()
    print(f"  {title} ...", end="", flush=True)
    work()
    stamp(name, key)
    print(f" {time.monotonic() - began:.1f} s", flush=True)
    return True


def make_venv() -> None:
    """Create .venv anew, with the pinned uv."""
    # Not sys.executable: that may be the .venv that is about to be cleared.
    python = getattr(sys, "_base_executable", sys.executable)
    run([python, "-m", "venv", "--clear", VENV])
    run([BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCKS / "setup.lock"])


def sync() -> None:
    """Install what the locks name.

    Not `uv pip sync`: the ROS wheels carry egg-info folders of their own, which a second sync takes for strangers and
    removes together with the packages.
    """
    locks = [part for path in SYNCED for part in ("-r", path)]
    options = ["--quiet", "--no-deps", "--require-hashes", "--compile-bytecode"]  # else every start may compile anew
    run([BIN / "uv", "pip", "install", *options, *locks], env=_venv_env())


def install_packages() -> None:
    """Install our Python packages in editable form."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat"]
    editable = [part for name in PYTHON_PACKAGES for part in ("-e", str(ROOT / "src" / name))]
    run([BIN / "uv", "pip", "install", *options, *editable], env=_venv_env())
    ament_index.register([ROOT / "src" / name for name in PYTHON_PACKAGES], VENV)


def build_web() -> None:
    """Build the dashboard into amr_fleet/static."""
    if digest([WEB / "package-lock.json"]) != _read(STAMPS / "node_modules") or not (WEB / "node_modules").is_dir():
        run([BIN / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, env=_venv_env())
        (STAMPS / "node_modules").write_text(digest([WEB / "package-lock.json"]))
    run([BIN / "npm", "run", "--silent", "build"], cwd=WEB, env=_venv_env())


def warm_up() -> None:
    """Compile the Numba kernels of product and laboratory into their cache."""
    for package in ("amr_bringup", "amr_lab"):
        run([BIN / "python", "-m", f"{package}.warmup"], env=_venv_env())


def set_up() -> None:
    """Run all stages."""
    began = time.monotonic()
    done = [stage("venv", "Python environment", [LOCKS / "setup.lock"], make_venv)]
    # The sync stage also runs again when .venv was made anew, since the stamps live inside it.
    done.append(stage("sync", "Libraries from requirements/*.lock", SYNCED, sync))
    for package in INTERFACE_PACKAGES:
        inputs = package_inputs(ROOT / package)
        if inputs:
            title = f"ROS interfaces {package.name}"
            build = partial(build_package, ROOT / package, run)
            done.append(stage(f"interfaces-{package.name}", title, inputs, build))
    setups = [ROOT / "src" / name / "setup.py" for name in PYTHON_PACKAGES]
    setups.append(Path(ament_index.__file__))
    shared = [str(file) for name in PYTHON_PACKAGES for file in ament_index.shared_files(ROOT / "src" / name)]
    names = "\n".join([str(ROOT), *shared])
    done.append(stage("packages", "Our packages (editable)", setups, install_packages, extra=names))
    if (WEB / "package.json").exists():
        built = ROOT / "src" / "amr_fleet" / "amr_fleet" / "static" / "index.html"
        if not built.exists():
            (STAMPS / "web").unlink(missing_ok=True)
        done.append(stage("web", "Dashboard", _web_inputs(), build_web))
    kernels = _kernel_files()
    if kernels and (ROOT / "src" / "amr_bringup" / "amr_bringup" / "warmup.py").exists():
        done.append(stage("warmup", "Compiled kernels", kernels, warm_up))
    if any(done):
        print(f"  ready in {time.monotonic() - began:.0f} s", flush=True)


def lock() -> None:
    """Resolve requirements/*.in anew into lock files without host names."""
    env = _venv_env()
    run([BIN / "uv", *COMPILE, LOCKS / "setup.in", "-o", LOCKS / "setup.lock"], env=env)
    run([BIN / "uv", *COMPILE, "--universal", LOCKS / "dev.in", "-o", LOCKS / "dev.lock"], env=env)
    run([BIN / "uv", *COMPILE, "--universal", "--no-deps", LOCKS / "sdf.in", "-o", LOCKS / "sdf.lock"], env=env)
    # A setuptools of its own, older than ours: no constraint.
    run([BIN / "uv", *COMPILE, "--universal", LOCKS / "colcon.in", "-o", LOCKS / "colcon.lock"], env=env)
    # For images and robots with ROS from apt.
    run([BIN / "uv", *COMPILE[:-1], "3.12", LOCKS / "apt.in", "-o", LOCKS / "apt.lock"], env=env)
    # Constraints: production runs the versions that were tested.
    same = ("-c", LOCKS / "dev.lock")
    run([BIN / "uv", *COMPILE, "--universal", LOCKS / "run.in", *same, "-o", LOCKS / "run.lock"], env=env)


def check_web(*scripts: str) -> None:
    """Run scripts of the dashboard's package.json: types, ESLint."""
    for script in scripts:
        run([BIN / "npm", "run", "--silent", script], cwd=WEB, env=_venv_env())


def _venv_env() -> dict[str, str]:
    return {"VIRTUAL_ENV": str(VENV), "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def _web_inputs() -> list[Path]:
    top = [path for path in WEB.iterdir() if path.is_file()]
    return top + [path for folder in ("src", "public") for path in (WEB / folder).rglob("*") if path.is_file()]


def _kernel_files() -> list[Path]:
    files = (path for name in PYTHON_PACKAGES for path in (ROOT / "src" / name / name).rglob("*.py"))
    return [path for path in files if "njit" in path.read_text(encoding="utf-8")]


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def main(arguments: Sequence[str]) -> int:
    """Run the command named in arguments."""
    command = arguments[0] if arguments else "all"
    if command == "lock":
        lock()
    elif command == "typecheck-web":
        check_web("typecheck")
    elif command == "lint-web":
        check_web("lint")
    else:
        problem = missing_prerequisite()
        if problem:
            print(problem, file=sys.stderr)
            return 2
        set_up()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
