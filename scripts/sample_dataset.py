"""`make sample`: simulate a week of the reference site and write it as docs/samples/cai_cui_week.zip (at most 5 MB).

Usage: sample_dataset.py [STATE]   (STATE: a folder that `amr simulate` wrote with the same figures)
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from amr_bringup.dataset_cli import site_files
from amr_core.site import load_site
from amr_fleet.dataset.export import ExportOptions, export
from amr_lab.operation.run import SimulatedDays, simulate

OUT: Final = Path(__file__).resolve().parent.parent / "docs" / "samples" / "cai_cui_week.zip"
MOST: Final = 5_000_000  # bytes
SITE: Final = "cai_cui"
MONDAY: Final = date(2027, 1, 4)
_TIME: Final = (2027, 1, 11, 0, 0, 0)  # the same content gives the same archive


def make(state: Path, out: Path) -> int:
    """Write the archive and return its size."""
    site = load_site(SITE)
    if not (state / "journal.sqlite3").exists():
        simulate(SimulatedDays(site=site, robots=4, hours=168.0, orders_per_hour=5.0, seed=1), state, print_hour)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / out.stem
        export(
            ExportOptions(
                journal=str(state / "journal.sqlite3"), site=site, period="2027-W01", profile="public", out=folder,
                tracks=state / "tracks.sqlite3", recordings=sorted((state / "recordings").glob("*.mcap")),
                epoch=MONDAY, seed=1, site_files=site_files(SITE, site), publisher="AMR stack maintainers",
                pose_recordings=True,
            ),
            print,
        )  # fmt: skip
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                info = zipfile.ZipInfo(f"{out.stem}/{path.relative_to(folder).as_posix()}", _TIME)
                info.external_attr = 0o644 << 16
                archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return out.stat().st_size


def print_hour(hour: float) -> None:
    """Say how far the simulation is, once a day."""
    if hour % 24 == 0:
        print(f"{hour:.0f} of 168 h", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Make the sample; 1 when it is larger than it may be."""
    with tempfile.TemporaryDirectory() as temporary:
        size = make(Path(arguments[0]) if arguments else Path(temporary) / "state", OUT)
    print(f"{OUT.name}: {size} bytes")
    return 0 if size <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
