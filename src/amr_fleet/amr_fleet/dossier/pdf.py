"""ho-so.pdf: PDF/A-3b with dossier.json attached, written by Typst; the same dossier gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typst

from amr_fleet.dossier.chapters import document

_FOLDER: Final = Path(__file__).resolve().parent
_FONTS: Final = _FOLDER.parent / "report" / "fonts"


def pdf(files: Mapping[str, bytes]) -> bytes:
    """Return the PDF of a dossier's files (dossier.json, incidents.json, obstacles.json)."""
    data = json.dumps(document(files), ensure_ascii=False)
    made = typst.compile(
        str(_FOLDER / "ho_so.typ"), format="pdf", pdf_standards="a-3b", font_paths=[str(_FONTS)],
        ignore_system_fonts=True, sys_inputs={"data": data, "dossier": files["dossier.json"].decode()},
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made
