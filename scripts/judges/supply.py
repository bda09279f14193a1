"""Run inside the environment of validators-supply.lock: a bill of materials by CycloneDX's strict schema, REUSE.

Usage: supply.py BILL CHECKOUT. Prints one JSON object {judge: {ok, told}} and exits with 1 if one of them is not ok.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Judge the file of a bill of materials and the licences of a checkout."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bill = Path(arguments[0]).read_text(encoding="utf-8")
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    count = len(json.loads(bill)["components"])
    told = str(wrong)[:400] if wrong else f"{count} components"
    found = {"CycloneDX 1.6, strict (cyclonedx-python-lib)": {"ok": wrong is None, "told": told}}
    lint = [str(Path(sys.executable).with_name("reuse")), "--root", arguments[1], "lint", "--json"]
    done = subprocess.run(lint, capture_output=True, text=True)
    try:
        summary = json.loads(done.stdout)["summary"]
        told = f"{summary['files_with_licensing_info']} of {summary['files_total']} files, {summary['used_licenses']}"
    except (ValueError, KeyError):
        told = done.stderr[-400:]
    found["REUSE 3.3 (reuse lint)"] = {"ok": done.returncode == 0, "told": told}
    print(json.dumps(found))
    return 0 if all(item["ok"] for item in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
