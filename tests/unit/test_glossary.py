"""One word for one thing: the Vietnamese texts against docs/glossary.vi.md, and no raw codes in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amr_fleet.sandbox.standard_cards import CARDS

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src" / "amr_fleet" / "web" / "src"
GUIDE = ROOT / "docs" / "operator-guide.vi.md"
_KEYED = re.compile(r'^  "?([\w.]+)"?: "((?:[^"\\]|\\.)*)",?$', re.MULTILINE)
# What may stand in a text though it looks like a code: names that people of the port or of the standard say.
_NAMES = {"SSCC", "ISO", "CSV", "PDF", "AMR", "VI", "EN", "UWB", "IMU", "QR", "ID", "PIN", "TLS", "VDA", "MQTT", "USB"}


def glossary() -> list[tuple[str, list[str]]]:
    """Return each term with the forms that are not written."""
    lines = (ROOT / "docs" / "glossary.vi.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    return [(row[0], [form.strip() for form in row[2].split(";")]) for row in rows]


def texts() -> dict[str, str]:
    """Return all Vietnamese texts of the dashboard by file and key."""
    found: dict[str, str] = {}
    for path in sorted(WEB.rglob("*.ts")):
        source = path.read_text(encoding="utf-8")
        if path.name.endswith("codes_vi.ts"):
            part = source
        elif re.search(r"^export const vi = ", source, re.MULTILINE) and path.name != "catalogue.ts":
            part = source.split("export const vi")[1].split("export const en")[0]
        else:
            continue
        for key, text in _KEYED.findall(part):
            found[f"{path.parent.name}/{path.stem} {key}"] = re.sub(r"\{\w+\}", "…", text)
    return found


def has(form: str, text: str) -> bool:
    """Return whether a form stands in a text as words of its own, in any case."""
    return re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE) is not None


def everything() -> dict[str, str]:
    guide = re.sub(r"!\[[^]]*\]\([^)]*\)|`[^`]*`", "", GUIDE.read_text(encoding="utf-8"))
    report = (ROOT / "src/amr_fleet/amr_fleet/report/texts.py").read_text(encoding="utf-8")
    shown = " | ".join(re.findall(r'"([^"\n]*[à-ỹ][^"\n]*)"', report))
    cards = " | ".join(
        text for card in CARDS for text in (card.title.vi, card.purpose, card.metric, *card.steps)
    )  # fmt: skip
    return {**texts(), "operator-guide": guide, "report": shown, "test cards": cards}


def test_the_texts_are_found() -> None:
    assert len(texts()) > 900
    assert len(glossary()) > 30
    assert has("dock", "Cửa DOCK 3")
    assert not has("dock", "docking")
    assert not has("cont", "container")


@pytest.mark.parametrize(("term", "forms"), glossary(), ids=[term for term, _ in glossary()])
def test_one_word_stands_for_one_thing(term: str, forms: list[str]) -> None:
    written = everything()
    assert any(has(term, text) for text in written.values()), f"nothing says {term}"
    rest = {where: re.sub(rf"(?<!\w){re.escape(term)}(?!\w)", "", text, flags=re.I) for where, text in written.items()}
    wrong = [f"{where}: {form}" for where, text in rest.items() for form in forms if form and has(form, text)]
    assert wrong == []


def test_no_form_is_both_used_and_forbidden() -> None:
    terms = [term for term, _ in glossary()]
    assert len(set(terms)) == len(terms)
    assert not set(terms) & {form for _, forms in glossary() for form in forms}


def test_no_text_shows_a_raw_code() -> None:
    """No snake_case, no CONSTANTS, no dotted codes: what people read are words."""
    raw = []
    for where, text in texts().items():
        plain = re.sub(r"`[^`]*`|«[^»]*»", "", text)
        for found in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[A-Z]{2,}(?:_[A-Z]+)+\b", plain):
            if found not in _NAMES:
                raw.append(f"{where}: {found}")
    assert raw == []
