"""A periodic report as it is laid on paper: blocks that DOCX and PDF both print, so that they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heading:
    """A chapter (level 1) or a part of one (2)."""

    text: str
    level: int = 1
    type: str = "heading"


@dataclass(frozen=True)
class Para:
    """A paragraph. field: the text of a person, which may be changed before signing."""

    text: str
    field: str = ""
    type: str = "para"


@dataclass(frozen=True)
class PaperTable:
    """A table. key: which, for verifying; widths: shares of the line; the first `left` columns are text."""

    key: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    left: int = 1
    type: str = "grid"


@dataclass(frozen=True)
class Series:
    """One colour of a chart."""

    name: str
    colour: str
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """Bars side by side (columns), or one bar a row, stacked to 100 % (shares). alt: what it shows, in words."""

    caption: str
    alt: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "columns"
    type: str = "chart"


@dataclass(frozen=True)
class PaperNote:
    """Lines in a fixed pitch, to be copied as they are."""

    lines: Sequence[str]
    type: str = "note"


@dataclass(frozen=True)
class Code:
    """A QR code: its text, and its modules row by row (1 = dark)."""

    text: str
    rows: Sequence[str]
    type: str = "code"


Block = Heading | Para | PaperTable | Chart | PaperNote | Code


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What is printed. body: A4 upright; annex: on pages of its own, across."""

    parent: str
    issuer: str
    number: str
    place_date: str
    title: str
    abstract: str
    to: str
    body: Sequence[Block]
    annex: Sequence[Block]
    signer_mode: str
    signer_office: str
    signer_name: str
    recipients: Sequence[str]
    language: str = "vi"
    description: str = ""
    keywords: Sequence[str] = field(default_factory=tuple)
