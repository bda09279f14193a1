"""What a command of another environment must not inherit from this one. Standard library only.

The Python of a .venv with the ROS wheels starts itself once more with its own libraries in LD_LIBRARY_PATH, and notes
in _ROS_WHEELS_BOOTSTRAP_COMPLETE that it did. A Python of another .venv that inherits the note leaves that out: it
finds the libraries of the first environment, or none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NOTES = frozenset(
    {
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
        "AMENT_PREFIX_PATH", "COLCON_PREFIX_PATH", "CMAKE_PREFIX_PATH",
    }
)  # fmt: skip
"""Variables that say which environment this is, and what make says to another make."""
LISTS = ("PATH", "LD_LIBRARY_PATH")


def neutral(environ: Mapping[str, str]) -> dict[str, str]:
    """Return environ as a shell has it in which no environment of Python or ROS is active.

    Its lists of folders lose those that lie in a virtual environment or in a ROS workspace.
    """
    left = {name: value for name, value in environ.items() if name not in NOTES}
    workspaces = [Path(part) for part in environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if part]
    for name in LISTS:
        if name in left:
            kept = [part for part in left[name].split(os.pathsep) if part and not _is_active(Path(part), workspaces)]
            if kept:
                left[name] = os.pathsep.join(kept)
            else:
                del left[name]
    return left


def _is_active(folder: Path, workspaces: list[Path]) -> bool:
    above = (folder, *folder.parents)
    return any((each / "pyvenv.cfg").is_file() or each in workspaces for each in above)
