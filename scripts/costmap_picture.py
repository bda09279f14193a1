"""Make docs/screens/costmaps.png: the global costmap of real Nav2 (left) and of the embedded navigation (right).

The same place in the lab, after the same drive out of the bay. Needs the real Nav2 in the shell that starts it
(tests/real/README.md); takes two to four minutes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from amr_lab.nav_peer.side import ROBOT, SIDES, started

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "screens" / "costmaps.png"
WORDS = {"nav2": "Nav2", "embedded": "embedded"}
RTF, LIMIT, SCALE, MARGIN = "0.5", 420.0, 2, 28


def grid_of(folder: Path, name: str) -> npt.NDArray[np.int8]:
    """Return the costmap (rows from the north, -1 unknown, 0..100) that one side has after the drive."""
    file = folder / f"{name}.npy"
    with started("nav2" if name == "nav2" else "embedded", folder, rtf=RTF) as side:
        side.ask("amr_lab.nodes.nav_costmap", ROBOT, str(file), limit=LIMIT)
    grid: npt.NDArray[np.int8] = np.load(file)
    return grid[::-1]


def picture(grid: npt.NDArray[np.int8], words: str) -> npt.NDArray[np.uint8]:
    """Return a costmap in RViz's manner: free white, costs blue to red, lethal magenta, unknown grey."""
    shades = np.clip(grid, 0, 100).astype(np.uint8)
    drawn = cv2.applyColorMap((shades * 2.55).astype(np.uint8), cv2.COLORMAP_JET)
    drawn[grid == 0], drawn[grid == 100], drawn[grid < 0] = (255, 255, 255), (180, 0, 180), (128, 128, 128)
    large = cv2.resize(drawn, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(large, MARGIN, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    cv2.putText(framed, words, (8, MARGIN - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return np.asarray(framed, dtype=np.uint8)


def main() -> None:
    """Run both sides, one after the other, and keep their costmaps side by side."""
    with tempfile.TemporaryDirectory(prefix="amr-costmaps-", ignore_cleanup_errors=True) as folder:
        parts = [picture(grid_of(Path(folder), name), WORDS[name]) for name in SIDES]
    cv2.imwrite(str(PICTURE), np.hstack(parts))
    print(PICTURE)


if __name__ == "__main__":
    main()
