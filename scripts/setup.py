"""`make setup`: everything between a fresh checkout and a working .venv. Standard library only.

Each stage leaves a stamp with the hash of its inputs in .venv/stamps; a stage whose inputs did not change is skipped.
Usage: setup.py [dev | test | python | run | dataset | lock | typecheck-web | lint-web]
  dev (the default): what runs the stack and what tests and checks it.
  test: the same, and the kernels of the laboratory, compiled: half a minute that few need.
  python: dev without the dashboard, which is the same for every Python.
  run: only what runs the stack, for `make demo`; the tools that build it are removed in the end.
  dataset: run, and what `amr dataset export` needs beside it.
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
import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import ament_index
import disk
import stages
from build_interfaces import BUILD, INTERFACE_PACKAGES, build_package, dependencies, generator_path, package_inputs
from prerequisites import missing_prerequisite
from stages import Stage, StageError, run_stages
from stamps import VENV, digest, is_fresh, stamp

ROOT = Path(__file__).resolve().parent.parent
BIN = VENV / "bin"
LOCKS = ROOT / "requirements"
# What only builds (CMake, Node), in the run profile: beside .venv, so that it can go again.
TOOLS = ROOT / ".venv-build"
WEB = ROOT / "src" / "amr_fleet" / "web"
STATIC = ROOT / "src" / "amr_fleet" / "amr_fleet" / "static"
EDITABLE, BYTECODE = (Path(__file__).with_name(name) for name in ("editable.py", "bytecode.py"))
PYTHON_PACKAGES = (
    "amr_core",
    "amr_uav",
    "amr_description",
    "amr_ros",
    "amr_navigation",
    "amr_perception",
    "amr_fleet",
    "amr_interop",
    "amr_sim",
    "amr_bringup",
    "amr_lab",
)
_RUN_AND_BUILD = ("run.lock", "build.lock")
# What is installed before anything is built.
PROFILES = {"dev": _RUN_AND_BUILD, "test": _RUN_AND_BUILD, "python": _RUN_AND_BUILD, "run": ("run.lock",)}
# What only tests and checks need: beside the compilers.
TESTS = ("dev.lock", "sdf.lock")
COMPILE = ("pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11")
EXTRAS = ("dataset", "doors", "sign", "foxglove", "tracing")
# Compilers inside the stages run in parallel as well; one more keeps the cores busy while a stage waits for the disk.
WORKERS = (os.cpu_count() or 1) + 1


def run(arguments: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command with the tools of .venv and of the build."""
    words = [str(part) for part in arguments]
    words[0] = shutil.which(words[0], path=_path()) or words[0]
    stages.run(words, cwd=cwd, env={**_venv_env(), **(env or {})})


def make_venv() -> None:
    """Create .venv anew, with the pinned uv."""
    # Not sys.executable: that may be the .venv that is about to be cleared.
    python = getattr(sys, "_base_executable", sys.executable)
    run([python, "-m", "venv", "--clear", VENV])
    run([BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCKS / "setup.lock"])


def install(*names: str) -> None:
    """Install what locks name (requirements/dataset.lock for instance) into .venv, without compiling it to bytecode.

    Not `uv pip sync`: the ROS wheels carry egg-info folders of their own, which a second sync takes for strangers and
    removes together with the packages.
    """
    locks = [part for name in names for part in ("-r", str(LOCKS / name))]
    run([BIN / "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", *locks])


def install_tools() -> None:
    """Install what only builds beside .venv."""
    options = ["--quiet", "--no-deps", "--require-hashes", "--python", str(BIN / "python"), "--target", str(TOOLS)]
    run([BIN / "uv", "pip", "install", *options, "-r", LOCKS / "build.lock"])


def install_packages() -> None:
    """Install our Python packages in editable form."""
    with tempfile.TemporaryDirectory() as wheels:
        run([BIN / "python", EDITABLE, wheels, *(ROOT / "src" / name for name in PYTHON_PACKAGES)])
        options = ["--quiet", "--no-deps", "--reinstall"]  # of the same version, but another list of commands perhaps
        run([BIN / "uv", "pip", "install", *options, *sorted(Path(wheels).glob("*.whl"))])
    ament_index.register([ROOT / "src" / name for name in PYTHON_PACKAGES], VENV)


def install_node_modules() -> None:
    """Install what the dashboard is built from."""
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB)


def build_web() -> None:
    """Build the dashboard into amr_fleet/static; `make check` looks at its types."""
    run(["npm", "run", "--silent", "bundle"], cwd=WEB)


def warm_up(package: str) -> None:
    """Compile the Numba kernels of a package, and of those that it uses, into their cache."""
    run([BIN / "python", "-m", f"{package}.warmup"])


def keep_bytecode() -> None:
    """Let Python compile what our packages import to bytecode."""
    run([BIN / "python", BYTECODE, *PYTHON_PACKAGES[:-1]])


def plan(profile: str) -> list[Stage]:
    """Return all stages of a profile, in the order in which they want to start."""
    installed = ("venv", "libraries", *(("tools",) if profile == "run" else ()))
    setups = [ROOT / "src" / name / file for name in PYTHON_PACKAGES for file in ("setup.py", "package.xml")]
    shared = [str(file) for name in PYTHON_PACKAGES for file in ament_index.shared_files(ROOT / "src" / name)]
    locks = tuple(LOCKS / name for name in PROFILES[profile])
    listed = [
        Stage(name="venv", title="Python environment", inputs=(LOCKS / "setup.lock",), work=make_venv),
        Stage(
            name="libraries",
            title="Libraries",
            inputs=locks,
            work=partial(install, *PROFILES[profile]),
            needs=("venv",),
        ),
    ]
    if profile == "run":
        lock = (LOCKS / "build.lock",)
        listed.append(Stage(name="tools", title="Build tools", inputs=lock, work=install_tools, needs=("libraries",)))
    packages = Stage(
        name="packages",
        title="Our packages (editable)",
        inputs=(*setups, EDITABLE, Path(ament_index.__file__)),
        work=install_packages,
        needs=installed,
        extra="\n".join([str(ROOT), *shared]),
    )
    modules, dashboard = ([], []) if profile == "python" else _web_stages(installed)
    interfaces = [stage for package in INTERFACE_PACKAGES if (stage := _interface_stage(package, installed))]
    kernels = [_kernel_stage("amr_bringup", PYTHON_PACKAGES[:-1])]
    if profile == "test":
        kernels.append(_kernel_stage("amr_lab", PYTHON_PACKAGES[-1:]))
    bytecode = Stage(
        name="bytecode",
        title="Bytecode of what runs",
        inputs=(*locks, BYTECODE),
        work=keep_bytecode,
        needs=("packages", *(each.name for each in interfaces)),
    )
    # The longest first, and npm, which waits for the network, beside compilers.
    return [*listed, packages, *modules, *kernels, *interfaces, *dashboard, bytecode, *_test_stages(profile)]


def _test_stages(profile: str) -> list[Stage]:
    """Return what tests and checks need: nothing waits for it, so it comes last."""
    if profile == "run":
        return []
    locks = tuple(LOCKS / name for name in TESTS)
    title = "Libraries for tests and checks"
    return [Stage(name="test-libraries", title=title, inputs=locks, work=partial(install, *TESTS), needs=("packages",))]


def _kernel_stage(package: str, sources: Sequence[str]) -> Stage:
    files = (path for name in sources for path in (ROOT / "src" / name / name).rglob("*.py"))
    return Stage(
        name=f"kernels-{package}",
        title=f"Compiled kernels for {package}",
        inputs=tuple(path for path in files if "njit" in path.read_text(encoding="utf-8")),
        work=partial(warm_up, package),
        needs=("packages",),
    )


def _interface_stage(package: Path, installed: tuple[str, ...]) -> Stage | None:
    inputs = package_inputs(ROOT / package)
    if not inputs:
        return None
    needed = dependencies(ROOT / package)
    for other in INTERFACE_PACKAGES:
        if other.name in needed:
            inputs += package_inputs(ROOT / other)
    return Stage(
        name=f"interfaces-{package.name}",
        title=f"ROS interfaces {package.name}",
        inputs=(*inputs, LOCKS / "ros.in"),
        work=partial(build_package, ROOT / package, run),
        needs=(*installed, *(f"interfaces-{name}" for name in needed)),
    )


def _web_files() -> tuple[Path, ...]:
    top = [path for path in WEB.iterdir() if path.is_file()]
    return (*top, *(path for folder in ("src", "public") for path in (WEB / folder).rglob("*") if path.is_file()))


def _web_stages(installed: tuple[str, ...]) -> tuple[list[Stage], list[Stage]]:
    """Return what loads the dashboard's libraries, and what builds it."""
    modules = Stage(
        name="node_modules",
        title="Dashboard libraries",
        inputs=(WEB / "package-lock.json",),
        work=install_node_modules,
        needs=installed,
        forced=not (WEB / "node_modules").is_dir(),
    )
    web = Stage(
        name="web",
        title="Dashboard",
        inputs=_web_files(),
        work=build_web,
        needs=(*installed, "node_modules"),
        forced=not (STATIC / "index.html").exists(),
    )
    return [modules], [web]


def stale(listed: Sequence[Stage], profile: str) -> list[Stage]:
    """Return the stages that have something to do."""
    if listed[0].is_stale():
        return list(listed)  # the stamps lie in .venv and go with it
    found = [each for each in listed if each.is_stale()]
    if profile != "run":
        return found
    # Without the tests, tools and node_modules serve a build only.
    names = {each.name for each in found}
    if "web" not in names:
        names.discard("node_modules")
    if not any(name == "web" or name == "packages" or name.startswith("interfaces") for name in names):
        names.discard("tools")
    elif not TOOLS.is_dir():
        names.add("tools")
    return [each for each in listed if each.name in names]


def set_up(profile: str) -> None:
    """Run the stages of a profile; .venv that has served tests once keeps the profile dev."""
    began = time.monotonic()
    if profile == "run" and (BIN / "pytest").exists():
        profile = "dev"
    todo = stale(plan(profile), profile)
    if not todo:
        return
    print(f"Setting up: {', '.join(each.title for each in todo)}", flush=True)
    run_stages(todo, WORKERS)
    if profile == "run":
        remove_build_tools()
        lighten()
    print(f"  ready in {time.monotonic() - began:.0f} s", flush=True)


def remove_build_tools() -> None:
    """Remove what only the build needed; what uv and npm keep in their caches brings it back in seconds."""
    for folder in (TOOLS, WEB / "node_modules"):
        shutil.rmtree(folder, ignore_errors=True)
    for path in BUILD.glob("*/*"):
        if path.name == "install_manifest.txt":
            continue  # says what to remove when a message goes
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def lighten() -> None:
    """Keep the same library once, and say what a demo takes of the disk."""
    disk.share_libraries(VENV)
    taken = disk.taken_mb(VENV)
    much = f": more than the {disk.MOST_MB} MB that it should" if taken > disk.MOST_MB else ""
    print(f"  {taken:.0f} MB of disk{much}", flush=True)


def lock() -> None:
    """Resolve requirements/*.in anew into lock files without host names."""
    uv = BIN / "uv"
    run([uv, *COMPILE, LOCKS / "setup.in", "-o", LOCKS / "setup.lock"])
    run([uv, *COMPILE, "--universal", LOCKS / "dev.in", "-o", LOCKS / "dev.lock"])
    run([uv, *COMPILE, "--universal", "--no-deps", LOCKS / "sdf.in", "-o", LOCKS / "sdf.lock"])
    # A setuptools of its own, older than ours: no constraint.
    run([uv, *COMPILE, "--universal", LOCKS / "colcon.in", "-o", LOCKS / "colcon.lock"])
    # Environments of their own, too.
    for name in ("validators-crate", "validators-data", "validators-ocel", "validators-supply"):
        run([uv, *COMPILE, "--universal", LOCKS / f"{name}.in", "-o", LOCKS / f"{name}.lock"])
    # For images and robots with ROS from apt.
    run([uv, *COMPILE[:-1], "3.12", LOCKS / "apt.in", "-o", LOCKS / "apt.lock"])
    # Constraints: what runs and what builds are the versions that were tested.
    for name in ("run", "build", "mutants", "dataset", "doors", "foxglove", "tracing", "mcp", "sign"):
        run([uv, *COMPILE, "--universal", LOCKS / f"{name}.in", "-c", LOCKS / "dev.lock", "-o", LOCKS / f"{name}.lock"])


def check_web(script: str) -> None:
    """Run a script of the dashboard's package.json: types, ESLint. What passed is not looked at again until it changes.

    ESLint asks for the types of everything, which takes longer than all that is checked of the Python.
    """
    files = _web_files()
    key = digest(files, " ".join(sorted(str(path.relative_to(WEB)) for path in files)))
    if is_fresh(f"check-{script}", key):
        return
    run(["npm", "run", "--silent", script], cwd=WEB)
    stamp(f"check-{script}", key)


def _path() -> str:
    return os.pathsep.join([str(BIN), str(TOOLS / "bin"), os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")])


def _venv_env() -> dict[str, str]:
    return {
        "VIRTUAL_ENV": str(VENV),
        "PATH": _path(),
        "PYTHONDONTWRITEBYTECODE": "",  # many images set it, and each of dozens of generators would compile anew
        "PYTHONPATH": os.pathsep.join([str(generator_path()), str(TOOLS)]),
    }


def main(arguments: Sequence[str]) -> int:
    """Run the command named in arguments."""
    command = arguments[0] if arguments else "dev"
    if command not in ("all", "lock", "typecheck-web", "lint-web", *EXTRAS, *PROFILES):
        extras = ", ".join(EXTRAS)
        print(
            f"Unknown: {command}; one of dev, test, python, run, {extras}, lock, typecheck-web, lint-web",
            file=sys.stderr,
        )
        return 2
    try:
        if command == "lock":
            lock()
        elif command in ("typecheck-web", "lint-web"):
            check_web(command.removesuffix("-web"))
        else:
            problem = missing_prerequisite()
            if problem:
                print(problem, file=sys.stderr)
                return 2
            set_up(command if command in PROFILES else "run" if command in EXTRAS else "dev")
            if command in EXTRAS:
                install(f"{command}.lock")
    except StageError as error:
        stages.print_failure(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
