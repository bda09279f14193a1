"""The periodic report as an editable DOCX in the same form, with its data inside; the same report, the same bytes.

The font is named Times New Roman, as the form asks; the computer that opens the file has it. What people may change
before signing stands in content controls (tag = field); tables carry their key as alternative text, for verifying.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Paperwork
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from PIL import Image

from amr_fleet.periodic import docx_parts as parts
from amr_fleet.periodic.compose import compose
from amr_fleet.periodic.model import PeriodicReport
from amr_fleet.periodic.paper import Block, Chart, Code, Heading, Paper, PaperNote, PaperTable, Para
from amr_fleet.periodic.pdf_file import picture

NAMESPACE: Final = "urn:amr:periodic-report:1"
DATA_PART: Final = "customXml/item2.xml"
TABLE_MARK: Final = "amr:"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP file can say
# pt, mm; what Decree 30/2020 asks of the body (13 to 14); A4 less margins of 30 and 17 mm, across and upright
_BODY, _WIDTH, _ANNEX_WIDTH = 13.0, 163.0, 250.0


def docx(report: PeriodicReport) -> bytes:
    """Return the report as DOCX."""
    paper = compose(report)
    document = Document()
    parts.styles(document)
    parts.page(document.sections[0])
    _letterhead(document, paper)
    for block in paper.body:
        _block(document, block, _WIDTH)
    _signature(document, paper)
    annex = document.add_section(WD_SECTION.NEW_PAGE)
    annex.orientation, annex.page_width, annex.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    annex.different_first_page_header_footer = False
    for block in paper.annex:
        _block(document, block, _ANNEX_WIDTH)
    _properties(document, paper, report)
    _attach(document, report.to_json())
    out = BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def _letterhead(document: Paperwork, paper: Paper) -> None:
    left, right = parts.two_columns(document, (65.0, 98.0))
    parts.line(left, paper.parent, 12)
    parts.line(left, paper.issuer, 12, bold=True, rule=(20.0, 20.0))
    parts.line(left, paper.number, 13, above=6)
    parts.line(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)
    parts.line(right, "Độc lập - Tự do - Hạnh phúc", 13, bold=True, rule=(20.0, 20.0))
    parts.line(right, paper.place_date, 13, italic=True, above=6)
    _centred(document, paper.title, 14, bold=True, above=12)
    parts.rule(_centred(document, paper.abstract, 14, bold=True), (55.0, 55.0))
    _centred(document, f"Kính gửi: {paper.to}", _BODY, above=8, below=6)


def _centred(document: Paperwork, text: str, size: float, *, bold: bool = False, above: float = 0.0,
             below: float = 0.0) -> Paragraph:  # fmt: skip
    paragraph = document.add_paragraph()
    parts.flat(paragraph, ALIGN.CENTER, above, below)
    parts.write(paragraph, text, size, bold=bold)
    return paragraph


def _block(document: Paperwork, block: Block, width: float) -> None:
    match block:
        case Heading():
            paragraph = document.add_heading(level=block.level)
            parts.write(paragraph, block.text, _BODY, bold=True)
        case Para():
            paragraph = document.add_paragraph()
            parts.write(paragraph, block.text, _BODY)
            if block.field:
                parts.content_control(paragraph, block.field)
        case PaperTable():
            _grid(document, block, width)
        case Chart():
            _chart(document, block)
        case PaperNote():
            for text in block.lines:
                paragraph = document.add_paragraph()
                parts.flat(paragraph, ALIGN.LEFT)
                parts.write(paragraph, text, 8, font="Courier New")
        case Code():
            paragraph = document.add_paragraph()
            parts.flat(paragraph, ALIGN.LEFT, 8)
            _picture(paragraph, code_picture(block.rows), 1.1 * (len(block.rows) + 8), f"Mã QR: {block.text}")


def _grid(document: Paperwork, grid: PaperTable, width: float) -> None:
    caption = document.add_paragraph()
    parts.flat(caption, ALIGN.LEFT, 8, 3)
    caption.paragraph_format.keep_with_next = True
    parts.write(caption, grid.caption, 12, italic=True)
    size = 10.0 if len(grid.head) > 7 else 11.0
    total = sum(grid.widths)
    widths = [width * share / total for share in grid.widths]
    table = parts.table(document, [grid.head, *grid.rows], widths, size, grid.left)
    parts.mark(table, f"{TABLE_MARK}{grid.key}")
    parts.flat(document.add_paragraph(), ALIGN.LEFT)


def _chart(document: Paperwork, chart: Chart) -> None:
    paragraph = document.add_paragraph()
    parts.flat(paragraph, ALIGN.CENTER, 8)
    paragraph.paragraph_format.keep_with_next = True
    _picture(paragraph, picture(chart), 160.0, chart.alt)
    caption = document.add_paragraph()
    parts.flat(caption, ALIGN.CENTER, 2, 8)
    parts.write(caption, chart.caption, 12, italic=True)


def _picture(paragraph: Paragraph, content: bytes, width: float, alt: str) -> None:
    shape = paragraph.add_run().add_picture(BytesIO(content), width=Mm(width))
    shape._inline.docPr.set("descr", alt)


def code_picture(rows: Sequence[str]) -> bytes:
    """Return a QR code as PNG, its quiet zone of 4 modules included."""
    size = len(rows) + 8
    image = Image.new("1", (size, size), 1)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            image.putpixel((x + 4, y + 4), 0 if module == "1" else 1)
    out = BytesIO()
    image.resize((size * 8, size * 8), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def _signature(document: Paperwork, paper: Paper) -> None:
    left, right = parts.two_columns(document, (73.0, 90.0), above=16)
    parts.line(left, "Nơi nhận:", 12, bold=True, italic=True, align=ALIGN.LEFT)
    for text in paper.recipients:
        parts.line(left, text, 11, align=ALIGN.LEFT)
    parts.line(right, f"{paper.signer_mode} {paper.signer_office}".strip(), 13, bold=True)
    parts.line(right, paper.signer_name, 13, bold=True, above=70)


def _properties(document: Paperwork, paper: Paper, report: PeriodicReport) -> None:
    known = document.core_properties
    moment = datetime.fromtimestamp(report.period.end, UTC).replace(tzinfo=None)
    known.title, known.author, known.comments = paper.abstract, paper.issuer, paper.description
    known.language, known.keywords, known.last_modified_by, known.revision = "vi-VN", "; ".join(paper.keywords), "", 1
    known.created = known.modified = moment


def _attach(document: Paperwork, content: bytes) -> None:
    """Put the data into the file as a custom XML part, which Word keeps when somebody saves the file again."""
    xml = f'<?xml version="1.0" encoding="UTF-8"?><report xmlns="{NAMESPACE}">{escape(content.decode())}</report>'
    part = Part(PackURI(f"/{DATA_PART}"), "application/xml", xml.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def _same_bytes(content: bytes) -> bytes:
    """Return a ZIP file with the same members and no time of day."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = ZipInfo(name, _EPOCH)
            info.compress_type, info.create_system = ZIP_DEFLATED, 3
            new.writestr(info, old.read(name))
    return out.getvalue()
