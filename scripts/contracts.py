"""Write what is generated from the contracts: OpenAPI, the dashboard's types, and pages under docs/.

api.md, access.md; topics.md, for which a small stack is started.

Usage: .venv/bin/python scripts/contracts.py [--topics] [--check]. --topics: the topics, too, for which a small stack is
started; --check: write nothing, and fail when a file is not fresh.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from access_page import access_page
from api_page import api_page

from amr_fleet.api.openapi import document

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "amr_fleet" / "web"
OPENAPI = ROOT / "docs" / "openapi.json"
TOPICS = ROOT / "docs" / "topics.md"


def openapi() -> str:
    """Return the OpenAPI document as JSON."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def schema() -> str:
    """Return the TypeScript types of the document, by openapi-typescript; needs the dashboard's node_modules."""
    generator = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    with tempfile.TemporaryDirectory(prefix="amr_contracts_") as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(openapi(), encoding="utf-8")
        node = Path(sys.executable).parent / "node"
        # A field with a default may be left out of a body.
        command: list[str | Path] = [node, generator, source, "--output", target, "--default-non-nullable=false"]
        subprocess.run(command, cwd=WEB, check=True, capture_output=True, timeout=120)
        return target.read_text(encoding="utf-8")


def api() -> str:
    """Return docs/api.md."""
    return api_page(document())


def access() -> str:
    """Return docs/access.md."""
    return access_page(document())


FILES: dict[Path, Callable[[], str]] = {
    OPENAPI: openapi,
    ROOT / "docs" / "api.md": api,
    ROOT / "docs" / "access.md": access,
    WEB / "src" / "shared" / "api" / "generated" / "schema.ts": schema,
}


def stale(made: dict[Path, Callable[[], str]]) -> list[Path]:
    """Return the files that are not what the code says."""
    return [path for path, make in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != make()]


def topics() -> str:
    """Return docs/topics.md; starts the nodes of a small stack on a ROS domain of its own."""
    from topics_page import topics_page  # the other files need no ROS

    from amr_bringup.domain import DomainLease

    lease = DomainLease()
    try:
        return topics_page(lease.id)
    finally:
        lease.close()


def main() -> None:
    """Write the files, or only look."""
    made = {**FILES, TOPICS: topics} if "--topics" in sys.argv else FILES
    if "--check" in sys.argv:
        old = [str(path.relative_to(ROOT)) for path in stale(made)]
        if old:
            raise SystemExit(f"not fresh: {', '.join(old)}; run: .venv/bin/python scripts/contracts.py --topics")
        return
    for path, make in made.items():
        path.write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
