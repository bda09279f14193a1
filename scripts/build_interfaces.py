"""Build ROS interface packages with CMake and install them into the virtual environment.

Installed into the venv's own prefix, the libraries and the Python package are found without sourcing anything. On a
machine with ROS, colcon builds the same packages and this file is not used.
"""

from __future__ import annotations

import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

from stamps import VENV, digest

# The longest first: they decide when the set-up ends.
INTERFACE_PACKAGES = (
    Path("src/compat/geographic_msgs"),
    Path("src/compat/nav2_msgs"),
    Path("src/amr_interfaces"),
    Path("src/compat/vision_msgs"),
    Path("src/compat/tf2_msgs"),
    Path("src/compat/rmf_door_msgs"),
    Path("src/compat/rmf_fleet_msgs"),
    Path("src/compat/rmf_lift_msgs"),
    Path("src/compat/map_msgs"),
)
BUILD = VENV / "build"
_HERE = Path(__file__).resolve().parent
_CMAKE_FILES = _HERE / "cmake"
_TEMPLATES = _HERE / "templates"


def package_inputs(source: Path) -> list[Path]:
    """Return the files that decide what is built; empty if the package has no interfaces yet."""
    interfaces = [path for kind in ("msg", "srv", "action") for path in sorted((source / kind).glob(f"*.{kind}"))]
    if not interfaces:
        return []
    return [*interfaces, source / "CMakeLists.txt", source / "package.xml", *_recipe()]


def _recipe() -> list[Path]:
    """Return the files that decide how a package is built: ninja does not know that its output depends on them."""
    ours = [path for folder in (_CMAKE_FILES, _TEMPLATES) for path in sorted(folder.glob("*.*"))]
    return [Path(__file__), *ours]


def dependencies(source: Path) -> list[str]:
    """Return the names of the interface packages of this checkout that a package needs."""
    ours = {package.name for package in INTERFACE_PACKAGES}
    named = {element.text or "" for element in ElementTree.parse(source / "package.xml").getroot().iter("depend")}
    return sorted(named & ours)


def cmake_options() -> dict[str, object]:
    """Return what any build of an interface package on the wheels needs."""
    return {
        "CMAKE_PREFIX_PATH": VENV,
        "CMAKE_MODULE_PATH": _CMAKE_FILES / "modules",  # makes configuring fast and changes nothing of what is built
        "CMAKE_PROJECT_INCLUDE": _CMAKE_FILES / "wheels.cmake",
        "rosidl_default_generators_DIR": _CMAKE_FILES,
        "Python3_EXECUTABLE": VENV / "bin" / "python",
        # Messages are small: compile time counts, not run time. No library names the folder that it was built in.
        "CMAKE_C_FLAGS": f"-O0 -w -ffile-prefix-map={_HERE.parent}=.",
        "CMAKE_CXX_FLAGS": f"-O0 -w -ffile-prefix-map={_HERE.parent}=.",
        "CMAKE_UNITY_BUILD": "ON",
        "CMAKE_UNITY_BUILD_BATCH_SIZE": 16,
    }


def generator_path() -> Path:
    """Return the folder that the generators want on PYTHONPATH: it makes them fast."""
    return _TEMPLATES


def build_package(source: Path, run: Callable[..., None]) -> None:
    """Configure, build and install one interface package. run: runs a command with the variables env."""
    build = BUILD / source.name
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    options = {
        **cmake_options(),
        "CMAKE_INSTALL_PREFIX": VENV,
        "CMAKE_INSTALL_MESSAGE": "NEVER",
        "PYTHON_INSTALL_DIR": f"lib/python{version}/site-packages",
    }
    env = {"AMENT_PREFIX_PATH": str(VENV), "AMR_PARSED_IDL": str(build / "parsed")}
    defines = [f"-D{key}={value}" for key, value in options.items()]
    recipe, made = digest(_recipe(), str(defines)), build / "recipe"
    if build.exists() and (_is_gone(build, source) or not made.exists() or made.read_text() != recipe):
        _remove_installed(build)
        shutil.rmtree(build)
    build.mkdir(parents=True, exist_ok=True)
    made.write_text(recipe)
    run(["cmake", "-G", "Ninja", "-S", source, "-B", build, *defines], env=env)
    run(["cmake", "--build", build], env=env)
    _remove_installed(build)
    run(["cmake", "--install", build], env=env)


def _is_gone(build: Path, source: Path) -> bool:
    """Tell whether an interface of the last build is there no more: what ninja has generated would go on naming it."""
    manifest = build / "install_manifest.txt"
    lines = manifest.read_text().splitlines() if manifest.exists() else []
    built = [Path(line) for line in lines if line.endswith(".idl")]
    return any(not (source / path.parent.name / f"{path.stem}.{path.parent.name}").exists() for path in built)


def _remove_installed(build: Path) -> None:
    """Remove what an earlier build installed, so that a deleted message is gone, and the folders of another version."""
    manifest = build / "install_manifest.txt"
    if manifest.exists():
        for line in manifest.read_text().splitlines():
            path = Path(line)
            path.unlink(missing_ok=True)
            for folder in path.parents:
                try:
                    folder.rmdir()
                except OSError:  # something is in it, or it is gone
                    break
