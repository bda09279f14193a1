"""Drive the forty drives in Gazebo and in the embedded simulator; print the differences, with --write in docs/real.md.

--pictures: only those that take pictures, and only the table of these. Needs the real Gazebo (tests/real/README.md);
takes ten to thirty minutes, with --pictures three to six.
"""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amr_lab.nav_peer.peer import model
from amr_lab.nav_peer.run import into
from amr_lab.sim_peer.drives import DRIVES, pictured
from amr_lab.sim_peer.pictures import picture_table
from amr_lab.sim_peer.table import table
from tests.real.gazebo_drives import paired

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Drive, print, write."""
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    drives = [drive for drive in DRIVES if not wanted or any(word in drive.name for word in wanted)]
    only = "--pictures" in sys.argv
    before = os.getloadavg()[0]
    rows, pictures = paired([drive for drive in drives if pictured(drive) or not only])
    load = f"load {before:.0f} to {os.getloadavg()[0]:.0f}, {datetime.date.today()}"
    load = f"{os.cpu_count()} cores ({model()}), {load}"
    command = f"`python scripts/gazebo_drives.py{' --pictures' if only else ''}`"
    texts = {} if only else {"gazebo-drives": table(rows, f"{command}, {load}:")}
    if pictures:
        texts["gazebo-pictures"] = picture_table(pictures, f"{command}, {load}:")
    for name, text in texts.items():
        sys.stdout.write(text + "\n")
        if "--write" in sys.argv:
            into(ROOT / "docs" / "real.md", name, text)


if __name__ == "__main__":
    main()
