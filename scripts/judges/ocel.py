"""Run inside the environment of validators-ocel.lock (pm4py, AGPL): the rules of OCEL 2.0, both files read.

Usage: ocel.py FOLDER. Prints one JSON object {judge: {ok, told}} and exits with 1 if one of them is not ok.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Judge events/ocel2.sqlite and events/ocel2.json."""
    import pm4py
    from pm4py.objects.ocel.validation import ocel20_rel_validation

    events = Path(arguments[0]) / "events"
    good, bad = ocel20_rel_validation.apply(str(events / "ocel2.sqlite"))
    found = {
        "OCEL 2.0 relational rules (pm4py)": {
            "ok": not bad,
            "told": f"{len(good)} of {len(good) + len(bad)} {bad or ''}",
        }
    }
    sizes = []
    for read, name in ((pm4py.read_ocel2_sqlite, "ocel2.sqlite"), (pm4py.read_ocel2_json, "ocel2.json")):
        log = read(str(events / name))
        sizes.append((len(log.events), len(log.objects), len(log.relations)))
    same = sizes[0] == sizes[1]
    told = f"{sizes[0][0]} events, {sizes[0][1]} objects, {sizes[0][2]} relations in both" if same else str(sizes)
    found["OCEL 2.0 files read (pm4py)"] = {"ok": same and sizes[0][0] > 0, "told": told}
    print(json.dumps(found))
    return 0 if all(item["ok"] for item in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
