"""ho-so.pdf: PDF/A-3b with dossier.json attached, written by Typst; the same dossier gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from amr_fleet.dossier.chapters import document
from amr_fleet.typesetting import typeset

_FOLDER: Final = Path(__file__).resolve().parent
_FONTS: Final = _FOLDER.parent / "report" / "fonts"


def pdf(files: Mapping[str, bytes]) -> bytes:
    """Return the PDF of a dossier's files (dossier.json, incidents.json, obstacles.json)."""
    data = json.dumps(document(files), ensure_ascii=False)
    inputs = {"data": data, "dossier": files["dossier.json"].decode()}
    return typeset(_FOLDER / "ho_so.typ", _FONTS, inputs, format="pdf", pdf_standards="a-3b")
