"""Small parts of a DOCX: page, styles, lines, tables without and with borders, content controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FONT: Final = "Times New Roman"
_INDENT: Final = 12.7  # mm; half an inch, within the 10 to 12.7 mm of Decree 30/2020
_TWIPS: Final = 1440 / 25.4  # a millimetre


def styles(document: Document) -> None:
    """Set the document's font, paragraphs and headings."""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(13)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    form = normal.paragraph_format
    form.alignment, form.first_line_indent = ALIGN.JUSTIFY, Mm(_INDENT)
    form.space_before, form.space_after, form.line_spacing = Pt(0), Pt(6), 1.15
    for level in (1, 2):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(13), True
        style.font.color.rgb = RGBColor(0, 0, 0)
        for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            style.element.rPr.rFonts.set(qn(name), FONT)
        for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(name), None)
        form = style.paragraph_format
        form.first_line_indent, form.space_before, form.space_after = Mm(0), Pt(10), Pt(6)
        form.keep_with_next, form.alignment = True, ALIGN.LEFT
    _language(normal, "vi-VN")


def _language(style: Any, language: str) -> None:
    element = OxmlElement("w:lang")
    element.set(qn("w:val"), language)
    style.element.rPr.append(element)


def page(section: Section) -> None:
    """Make A4 upright with the form's margins; the page number stands in the top margin, not on the first page."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(22), Mm(22)
    section.left_margin, section.right_margin = Mm(30), Mm(17)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    flat(paragraph, ALIGN.CENTER)
    run = paragraph.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def flat(paragraph: Paragraph, align: ALIGN, above: float = 0.0, below: float = 0.0) -> None:
    """Take indent and spacing off a paragraph. above, below: pt."""
    form = paragraph.paragraph_format
    form.alignment, form.first_line_indent, form.line_spacing = align, Mm(0), 1.0
    form.space_before, form.space_after = Pt(above), Pt(below)


def write(
    paragraph: Paragraph, text: str, size: float, *, bold: bool = False, italic: bool = False, font: str = FONT
) -> None:
    """Add text."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold, run.italic = font, Pt(size), bold, italic
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def rule(paragraph: Paragraph, sides: tuple[float, float]) -> None:
    """Draw a line in a paragraph of its own under this one, so far (mm) from both sides."""
    element = OxmlElement("w:p")
    paragraph._p.addnext(element)
    drawn = Paragraph(element, paragraph._parent)
    flat(drawn, ALIGN.CENTER)
    drawn.paragraph_format.left_indent, drawn.paragraph_format.right_indent = Mm(sides[0]), Mm(sides[1])
    drawn.paragraph_format.line_spacing = Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    properties = element.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def two_columns(document: Document, widths: tuple[float, float], above: float = 0.0) -> tuple[_Cell, _Cell]:
    """Return two cells side by side without borders. widths: mm; above: pt."""
    if above:
        flat(document.add_paragraph(), ALIGN.LEFT, above)
    found = document.add_table(rows=1, cols=2)
    _fix(found, widths)
    left, right = found.rows[0].cells
    return left, right


def line(
    cell: _Cell, text: str, size: float, *, bold: bool = False, italic: bool = False, above: float = 0.0,
    align: ALIGN = ALIGN.CENTER, rule: tuple[float, float] | None = None,
) -> None:  # fmt: skip
    """Write one line into a cell; rule: draw a line under it."""
    first = cell.paragraphs[0]
    paragraph = first if len(cell.paragraphs) == 1 and not first.runs else cell.add_paragraph()
    flat(paragraph, align, above)
    write(paragraph, text, size, bold=bold, italic=italic)
    if rule is not None:
        _rule(paragraph, rule)


_rule = rule


def table(document: Document, rows: Sequence[Sequence[str]], widths: Sequence[float], size: float, left: int) -> Table:
    """Return a table with borders; its first row is repeated on each page, the first `left` columns are text.

    Written as XML at once: cell by cell the library takes a second for the annex.
    """
    columns = [round(width * _TWIPS) for width in widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    lines = "".join(_row(row, columns, size, left, head=y == 0) for y, row in enumerate(rows))
    found = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(columns)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>'
    )
    body = document.element.body
    body.insert(body.index(body.sectPr) if body.sectPr is not None else len(body), found)
    return Table(found, document._body)


def _row(texts: Sequence[str], columns: Sequence[int], size: float, left: int, *, head: bool) -> str:
    cells = []
    for x, (text, width) in enumerate(zip(texts, columns, strict=True)):
        side = "center" if head else "left" if x < left else "right"
        letters = f'{"<w:b/>" if head else ""}<w:sz w:val="{round(2 * size)}"/>'
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
            f'<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/><w:ind w:firstLine="0"/>'
            f'<w:jc w:val="{side}"/></w:pPr><w:r><w:rPr>{letters}</w:rPr>'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        )
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def _fix(found: Table, widths: Sequence[float]) -> None:
    found.autofit = False
    for column, width in zip(found.columns, widths, strict=True):
        column.width = Mm(width)
    for row in found.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def mark(found: Table, text: str) -> None:
    """Give a table an alternative text."""
    element = OxmlElement("w:tblCaption")
    element.set(qn("w:val"), text)
    found._tbl.tblPr.append(element)


def content_control(paragraph: Paragraph, tag: str) -> None:
    """Put a paragraph into a content control that says what may be written there."""
    outer, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
    for name in ("alias", "tag"):
        element = OxmlElement(f"w:{name}")
        element.set(qn("w:val"), tag)
        properties.append(element)
    outer.append(properties)
    outer.append(content)
    paragraph._p.addprevious(outer)
    content.append(paragraph._p)
