"""What a machine must have before set-up can start."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
import sysconfig
from pathlib import Path


def missing_prerequisite() -> str | None:
    """Return one sentence that says what to install, None if nothing is missing."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        found = f"{platform.system()} {platform.machine()}"
        return f"The ROS wheels exist for Linux on x86_64 only and this machine is {found}; use Docker or ROS itself."
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = [tool for tool in ("gcc", "g++", "make") if shutil.which(tool) is None]
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python{version}-venv")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        packages.append(f"python{version}-dev")
    if not packages:
        return None
    return f"Something is missing on this machine; install it with: apt-get install -y {' '.join(packages)}"
