"""What a workbook may cost before anybody reads it: a small zip holds gigabytes of cells that nobody sees."""

from __future__ import annotations

import io
import zipfile
from typing import Final
from xml.parsers import expat

from amr_core.errors import AmrError

_MOST_UNPACKED: Final = 64_000_000  # bytes of all parts
_MOST_ELEMENTS: Final = 1_000_000  # of all parts: 10,000 rows of 20 cells, each another text, have 800,000
_MOST_CELLS: Final = 16_384  # in a row, as in Excel
_DEEPEST: Final = 64
_LONGEST_TAG: Final = 1_000_000  # bytes
_CHUNK: Final = 1 << 16


def check_workbook(data: bytes) -> None:
    """Raise drop.bad_file for a workbook that unpacks to too much.

    Counted as it is unpacked: what a zip says of its sizes may be wrong. Of parts that are no XML only bytes count.
    """
    left = [_MOST_UNPACKED, _MOST_ELEMENTS]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for part in parts.infolist():
            _check_part(parts, part, left)


def _check_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, left: list[int]) -> None:
    """Take a part's bytes and elements from what is left of both."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = cells = 0

    def start(name: str, _attributes: object) -> None:
        nonlocal depth, cells
        left[1] -= 1
        depth += 1
        row = name.endswith("row")
        cells = 0 if row else cells + (name == "c" or name.endswith(":c"))
        if left[1] < 0 or depth > _DEEPEST or cells > _MOST_CELLS:
            raise _too_much()

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_what: object) -> None:
        raise _too_much()  # entities: no workbook has any

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    fed, is_xml = 0, True
    with parts.open(part) as content:
        while chunk := content.read(_CHUNK):
            left[0] -= len(chunk)
            fed += len(chunk)
            if left[0] < 0 or (is_xml and fed - parser.CurrentByteIndex > _LONGEST_TAG):
                raise _too_much()
            try:
                if is_xml:
                    parser.Parse(chunk, False)
            except expat.ExpatError:
                is_xml = False  # a picture, or damaged: who reads it stops at the same place


def _too_much() -> AmrError:
    return AmrError("drop.bad_file", reason="it unpacks to too much")
