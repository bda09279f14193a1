"""`make colcon`: build and test the workspace with colcon on the ROS wheels, without an apt installation of ROS.

Everything goes to build/colcon; `. build/colcon/install/local_setup.sh` then makes the packages known to ROS tools.
Where ROS 2 is installed, plain `colcon build` does the same and this file is not needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from build_interfaces import cmake_options, generator_path
from stamps import VENV

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "colcon"
TOOLS = BUILD / "tools"
PYTHON = VENV / "bin" / "python"


def environment() -> dict[str, str]:
    """Return the environment in which colcon finds its own extensions and the wheels of ROS."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TOOLS), str(generator_path())]),
        "AMENT_PREFIX_PATH": str(VENV),
        "CMAKE_PREFIX_PATH": str(VENV),
        "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "COLCON_HOME": str(BUILD / "home"),
    }


def install_tools() -> None:
    """Install colcon beside the build: it needs an older setuptools than the environment has."""
    lock = ROOT / "requirements" / "colcon.lock"
    if not (TOOLS / "colcon_core").is_dir():
        uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON), "--target", str(TOOLS)]
        subprocess.run([*uv, "--no-deps", "--require-hashes", "-r", str(lock)], check=True)


def base_paths() -> list[str]:
    """Return where our packages are. src/compat is left out of a plain `colcon build`: here nobody else has them."""
    return [str(ROOT / "src"), *sorted(str(path.parent) for path in ROOT.glob("src/compat/*/package.xml"))]


def colcon(verb: str, *arguments: str) -> int:
    """Run a verb of colcon over src/."""
    folders = ["--build-base", str(BUILD / "build"), "--install-base", str(BUILD / "install")]
    starter = "from colcon_core.command import main; raise SystemExit(main())"
    call = [str(PYTHON), "-c", starter, "--log-base", str(BUILD / "log"), verb, *arguments]
    if verb == "test-result":
        call += ["--test-result-base", str(BUILD / "build")]
    else:
        call += [*folders, "--base-paths", *base_paths()]
    return subprocess.run(call, cwd=ROOT, env=environment()).returncode


def main(arguments: Sequence[str]) -> int:
    """Build (and with `test` also test); further arguments go to `colcon build`."""
    wants_test = "test" in arguments
    rest = [argument for argument in arguments if argument != "test"]
    install_tools()
    options = [f"-D{key}={value}" for key, value in cmake_options().items()]
    code = colcon("build", *rest, "--cmake-args", "-G", "Ninja", "-DBUILD_TESTING=OFF", *options)
    if code == 0 and wants_test:
        code = colcon("test", *rest, "--return-code-on-test-failure")
        colcon("test-result", "--verbose")
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
