"""Has LIF 1.0.0 files of `amr site export lif` read by two programs that others wrote, and says what they found.

They need an environment of their own (vda5050-core has no wheel for Python 3.11):
    python3.13 -m venv /tmp/lif && /tmp/lif/bin/pip install vdma-lif==1.0.0.7 vda5050-core==0.1.0rc2
    /tmp/lif/bin/python scripts/lif_readers.py FILE...
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path


def main(files: list[str]) -> int:
    """Read each file with both; return 1 when one of them refuses it or finds something else than what is in it."""
    parser = import_module("vdma_lif.parser").LIFParser
    core = import_module("vda5050_core._core")
    client = core.transport.create_default_client_shared("tcp://127.0.0.1:1", "lif-readers")  # it never connects
    master = core.master.VDA5050Master.make(client)
    wrong = 0
    for file in files:
        written = json.loads(Path(file).read_text(encoding="utf-8"))["layouts"]
        read = parser.from_file(file)
        counts = [(len(x.nodes), len(x.edges), len(x.stations)) for x in read.layouts]
        same = json.loads(parser.to_json(read))["layouts"] == written
        verdict = master.load_layout_from_config(file)
        print(f"{file}: vdma-lif {counts}, {'the same' if same else 'not the same'} when it writes it again;")
        print(f"  vda5050-core {'takes it' if verdict['success'] else verdict['errors'][:5]}")
        wrong += not (same and verdict["success"])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
