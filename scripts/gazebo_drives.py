"""Drive the forty drives in Gazebo and in the embedded simulator; print the differences, with --write in docs/real.md.

Needs the real Gazebo (tests/real/README.md); takes ten to thirty minutes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amr_lab.nav_peer.peer import model
from amr_lab.nav_peer.run import into
from amr_lab.sim_peer.drives import DRIVES
from amr_lab.sim_peer.table import table
from tests.real.gazebo_drives import paired

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Drive, print, write."""
    wanted = [word for word in sys.argv[1:] if word != "--write"]
    drives = [drive for drive in DRIVES if not wanted or any(word in drive.name for word in wanted)]
    before = os.getloadavg()[0]
    rows = paired(drives)
    load = f"load {before:.0f} to {os.getloadavg()[0]:.0f}"
    text = table(rows, f"`python scripts/gazebo_drives.py`, {os.cpu_count()} cores ({model()}), {load}:")
    sys.stdout.write(text + "\n")
    if "--write" in sys.argv:
        into(ROOT / "docs" / "real.md", "gazebo-drives", text)


if __name__ == "__main__":
    main()
