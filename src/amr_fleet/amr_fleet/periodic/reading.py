"""Read a periodic report back from one of its files, and what that file shows."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from docx import Document
from docx.table import Table
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from amr_core.errors import AmrError
from amr_fleet.periodic.compose import compose
from amr_fleet.periodic.docx_file import NAMESPACE, TABLE_MARK
from amr_fleet.periodic.model import PeriodicReport
from amr_fleet.periodic.paper import Paper, PaperTable
from amr_fleet.periodic.pdf_file import ATTACHED, pdf

LARGEST: Final = 64 * 1024 * 1024
_MOST: Final = 20  # differences that are told
_TABLE_MARK_TAG: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}tblCaption"


@dataclass(frozen=True)
class FileRead:
    """A report file: what it carries, its bytes, and how its pages differ from that ([] = they do not)."""

    report: PeriodicReport
    content: bytes
    differences: list[str]


def read(path: Path) -> FileRead:
    """Read a .pdf, .docx or .json of a report; raise report.not_ours when it is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise AmrError("report.not_ours", file=path.name, reason="it is larger than any report")
        content = path.read_bytes()
    except OSError as error:
        raise AmrError("report.not_ours", file=path.name, reason=error.strerror or str(error)) from error
    if content.startswith(b"%PDF-"):
        report = PeriodicReport.from_json(_attached(content, path.name), path.name)
        return FileRead(report, content, _pages(content, report))
    if content.startswith(b"PK"):
        report = PeriodicReport.from_json(_custom_xml(content, path.name), path.name)
        return FileRead(report, content, _tables(content, compose(report), path.name))
    return FileRead(PeriodicReport.from_json(content, path.name), content, [])


def _attached(content: bytes, name: str) -> bytes:
    try:
        found = PdfReader(BytesIO(content)).attachments.get(ATTACHED, [])
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AmrError("report.not_ours", file=name, reason=f"it cannot be read as PDF: {error}") from error
    if len(found) != 1:
        raise AmrError("report.not_ours", file=name, reason=f"it has no attachment {ATTACHED}")
    return bytes(found[0])


def _custom_xml(content: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise AmrError("report.not_ours", file=name, reason="it unpacks to more than any report")
            parts = [n for n in archive.namelist() if n.startswith("customXml/") and n.endswith(".xml")]
            for part in parts:
                root = ElementTree.fromstring(archive.read(part))
                if root.tag == f"{{{NAMESPACE}}}report":
                    return (root.text or "").encode()
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, NotImplementedError) as error:
        raise AmrError("report.not_ours", file=name, reason=f"it cannot be read as DOCX: {error}") from error
    raise AmrError("report.not_ours", file=name, reason="its data part is gone")


def _pages(content: bytes, report: PeriodicReport) -> list[str]:
    """Compare a PDF with what is printed of its data. Signatures are added at the end: the beginning must be the same.

    Another version of the typesetter gives other bytes, but the same text.
    """
    fresh = pdf(report)
    if content.startswith(fresh):
        return []
    return _lines_that_differ(_text(content), _text(fresh))


def _text(content: bytes) -> list[str]:
    lines = (page.extract_text().splitlines() for page in PdfReader(BytesIO(content)).pages)
    return [" ".join(line.split()) for page in lines for line in page if line.strip()]


def _lines_that_differ(shown: list[str], expected: list[str]) -> list[str]:
    right, there = set(expected), set(shown)
    strange = [line for line in shown if line not in right]
    missing = [line for line in expected if line not in there]
    pairs = [f"PDF: {line}" for line in strange] + [f"thiếu: {line}" for line in missing]
    if not pairs:
        return ["PDF: nội dung khác bản in từ số liệu, dù chữ giống nhau"]
    return pairs[:_MOST]


def _tables(content: bytes, paper: Paper, name: str) -> list[str]:
    """Compare the tables of a DOCX with those of its data: sentences may be edited, figures may not."""
    try:
        document = Document(BytesIO(content))
    except (KeyError, ValueError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise AmrError("report.not_ours", file=name, reason=f"it cannot be read as DOCX: {error}") from error
    shown = {key: table for table in document.tables if (key := _key(table))}
    found: list[str] = []
    for grid in (b for b in (*paper.body, *paper.annex) if isinstance(b, PaperTable)):
        table = shown.get(grid.key)
        found += [f"{grid.caption}: bảng không còn"] if table is None else _cells(grid, table)
    return found[:_MOST]


def _key(table: Table) -> str:
    marks = table._tbl.tblPr.findall(_TABLE_MARK_TAG)
    value = next(iter(marks[0].attrib.values())) if marks else ""
    return value.removeprefix(TABLE_MARK) if value.startswith(TABLE_MARK) else ""


def _cells(grid: PaperTable, table: Table) -> list[str]:
    expected = [tuple(grid.head), *(tuple(row) for row in grid.rows)]
    shown = [tuple(cell.text for cell in row.cells) for row in table.rows]
    if len(shown) != len(expected):
        return [f"{grid.caption}: {len(shown)} dòng, phải là {len(expected)}"]
    return [
        f'{grid.caption}, "{right[0]}": ghi "{a}", số liệu là "{b}"'
        for right, wrong in zip(expected, shown, strict=True)
        for a, b in zip(wrong, right, strict=False)
        if a != b
    ]
