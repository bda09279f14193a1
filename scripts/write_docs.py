"""Write the tables of the docs that come from the sources: `python scripts/write_docs.py`. A test keeps them fresh."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def tables() -> dict[str, str]:
    """Return the generated part of each document, by its path from the root."""
    import transfer_pages

    from amr_bringup.acceptance import cards
    from amr_fleet import journal_kinds
    from amr_fleet.domain import settings
    from amr_fleet.sandbox import standard_cards

    return {
        "docs/journal.md": journal_kinds.markdown(),
        "docs/fleet-settings.md": settings.markdown(),
        "docs/acceptance.md": cards.markdown(),
        "docs/sandbox.md": standard_cards.markdown(),
        "docs/capabilities.md": transfer_pages.capabilities(),
        "docs/trl.md": transfer_pages.readiness(),
    }


def fresh(path: str, table: str) -> str:
    """Return the document with its table between the two marks made new."""
    text = (ROOT / path).read_text(encoding="utf-8")
    new, count = re.subn(
        r"(<!-- generated -->\n).*?(\n<!-- /generated -->)", lambda m: m[1] + table + m[2], text, flags=re.DOTALL
    )
    if count != 1:
        raise SystemExit(f"{path} needs one pair of the marks <!-- generated --> and <!-- /generated -->")
    return new


def main() -> None:
    """Bring all tables up to date."""
    for path, table in tables().items():
        (ROOT / path).write_text(fresh(path, table), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
