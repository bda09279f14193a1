"""Make our editable packages known to ROS's own tools: `ros2 launch amr_bringup ...` from a checkout.

An editable install leaves out what ament_python installs besides modules. Here it becomes links below .venv/share and
.venv/lib, so that a shell with ROS 2 and .venv on AMENT_PREFIX_PATH finds launch files, configuration and executables
as after `colcon build --symlink-install`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

SHARED = ("launch", "config")


def register(packages: Iterable[Path], prefix: Path) -> None:
    """Link the marker, the shared files and the executables of source packages (src/<name>) into a prefix."""
    for source in packages:
        name = source.name
        _link(prefix / "share" / "ament_index" / "resource_index" / "packages" / name, source / "resource" / name)
        share, executables = prefix / "share" / name, prefix / "lib" / name
        for folder in (share, executables):
            shutil.rmtree(folder, ignore_errors=True)
        for file in shared_files(source):
            _link(share / file.relative_to(source), file)
        for script in scripts_of(name, prefix):
            _link(executables / script, prefix / "bin" / script)


def shared_files(source: Path) -> list[Path]:
    """Return what goes to share/<name>: files, not folders, since ros2 launch follows no linked folder."""
    below = (file for folder in SHARED for file in sorted((source / folder).rglob("*")) if file.is_file())
    return [source / "package.xml", *below]


def scripts_of(name: str, prefix: Path) -> list[str]:
    """Return the names of the console scripts of a package that is installed in a virtual environment."""
    places = [str(folder) for folder in prefix.glob("lib/python3.*/site-packages")]
    found = next(iter(metadata.distributions(name=name, path=places)), None)
    entries = found.entry_points if found is not None else ()
    return sorted(entry.name for entry in entries if entry.group == "console_scripts")


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
