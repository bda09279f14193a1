"""A state folder as a release of ours wrote it: its own code out of git's history, on the libraries of .venv.

Usage: release_state.py [OUT]   (default: tests/data/state_0_1_0.zip)

What it holds is what an upgrade must keep: journal, accounts with their audit trail, key, marks and checkpoints, a
backup that the release's own `amr journal backup` made, and seen.json: what the release itself said was in it. The
upgrade's tests (tests/store/test_upgrade.py) start from it and, where history is there, go back to that release.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from handed_over import git

ROOT = Path(__file__).resolve().parent.parent
RELEASE = "1b977002826dcfe9b4e805633636d4cbbe88eecc"
"""The commit that cut 0.1.0; it has no tag."""
OUT = ROOT / "tests" / "data" / "state_0_1_0.zip"

WORK = """
import json, sys
from pathlib import Path

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore

state, site = Path(sys.argv[1]), load_site("lab")
run = Rehearsal(build_roadmap(site), units_of(site, 2), seed=1)
run.create([OrderRequest(pick_place="D1", drop_place="A1", reference=f"PO-{i}") for i in range(4)])
run.run(lambda r: sum(o.state == "DONE" for o in r.engine.world.state.orders.values()) >= 2, 1800.0)
store = JournalStore(str(state / "journal.sqlite3"))
store.own(site=site.id)
for begin in range(0, len(run.journal), 50):
    store.append(run.journal[begin : begin + 50])
store.close()
users = UserStore(state / "users.sqlite3")
users.add("lan", "correct-horse-battery", "operator")
users.add("minh", "staple-river-crane", "admin")
users.set_pin("lan", "704518")
users.close()
seen = {"orders": {i: o.state for i, o in run.engine.world.state.orders.items()}, "names": ["lan", "minh"]}
(state / "backup").mkdir()
for name in ("journal.sqlite3", "users.sqlite3"):
    copies.backup(str(state / name), state / "backup" / name)
    found = copies.look(str(state / name))
    assert not found.faults, found.faults
    seen[name] = {"entries": found.size, "root": found.root.hex()}
(state / "seen.json").write_text(json.dumps(seen, indent=1) + "\\n")
"""


def has_history() -> bool:
    """Tell whether the release's commit is in this checkout's history."""
    return git("cat-file", "-e", f"{RELEASE}^{{commit}}") is not None


def extract(folder: Path) -> None:
    """Write the release's packages and sites into a folder."""
    told = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=ROOT, check=True, capture_output=True, text=True)
    call = ["git", "archive", RELEASE, "src", "maps", "worlds"]  # of a folder within it packs that folder only
    archive = subprocess.run(call, cwd=told.stdout.strip(), check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)


def run_old(release: Path, code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python with an extracted release's packages before those of .venv."""
    path = os.pathsep.join(str(package) for package in sorted((release / "src").glob("amr_*")))
    call = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(call, cwd=release, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


def main(arguments: Sequence[str]) -> int:
    """Write the archive named in arguments."""
    if not has_history():
        print(f"git does not know the release's commit {RELEASE}: fetch the whole history", file=sys.stderr)
        return 1
    out = Path(arguments[0]).absolute() if arguments else OUT
    with tempfile.TemporaryDirectory() as temporary:
        release, state = Path(temporary) / "release", Path(temporary) / "state"
        release.mkdir()
        state.mkdir()
        extract(release)
        done = run_old(release, WORK, state)
        if done.returncode != 0:
            print(done.stderr[-3000:], file=sys.stderr)
            return 1
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in state.rglob("*") if path.is_file() and path.suffix != ".lock"):
                archive.write(path, path.relative_to(state))
                print(f"{path.relative_to(state)}: {path.stat().st_size} bytes")
    print(f"{out}: {out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
