"""The periodic report itself: figures against a naive reckoning, form of the page, borders, obstacles, trials."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from docx import Document
from pypdf import PdfReader

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.periodic import narrative
from amr_fleet.periodic import words as w
from amr_fleet.periodic.annex import qr
from amr_fleet.periodic.build import Source, make
from amr_fleet.periodic.compose import compose
from amr_fleet.periodic.docx_file import code_picture, docx
from amr_fleet.periodic.kpis import wilson
from amr_fleet.periodic.model import CheckpointPart, PeriodicReport
from amr_fleet.periodic.paper import Heading, Para
from amr_fleet.periodic.pdf_file import pdf
from amr_fleet.reporting_periods import ReportingPeriod
from tests.periodic_journal import MONTH, entry, month_journal, orders, site
from tests.unit.trial_rig import record

MM = 72 / 25.4
NOTE = "cai_cui/amr/journal\n12\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n— amr-fleet c2lnbmF0dXJl\n"


def report(journal: Sequence[JournalEntry], period: ReportingPeriod = MONTH, **more: Any) -> PeriodicReport:
    check = CheckpointPart(origin="cai_cui/amr/journal", size=12, root="x", note=NOTE, key="amr-fleet+00000000+AQ==")
    return make(Source(site=site(), journal=journal, checkpoint=check, **more), period)


@pytest.fixture(scope="module")
def month() -> PeriodicReport:
    return report(month_journal())


@pytest.fixture(scope="module")
def printed(month: PeriodicReport) -> PdfReader:
    return PdfReader(BytesIO(pdf(month)))


def words_on(page: Any) -> list[tuple[str, float, float, float]]:
    """Return (text, x, y, size) of what a page shows, in pt from its lower left corner."""
    found: list[tuple[str, float, float, float]] = []

    def take(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            found.append((text.strip(), tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5], size))

    page.extract_text(visitor_text=take)
    return found


def test_each_figure_is_what_a_naive_reckoning_of_the_journal_gives(month: PeriodicReport) -> None:
    """Counted by hand over the raw entries, without the fold."""
    inside = [e for e in month_journal() if MONTH.begin <= e.t < MONTH.end]
    made = {e.order_id: e.t for e in month_journal() if e.kind == "order_created"}
    due = {e.order_id: float(e.facts["deadline"] or 0) for e in month_journal() if e.kind == "order_created"}
    done = [e for e in inside if e.kind == "order_done"]
    took = sorted(e.t - made[e.order_id] for e in done)
    times = [e for e in inside if e.kind == "robot_time"]
    use = {
        name: sum(float(e.facts[name] or 0) for e in times) for name in ("loaded", "empty", "wait.traffic", "metres")
    }
    figures = month.now.figures
    assert figures["done"].value == len(done)
    assert figures["created"].value == sum(e.kind == "order_created" for e in inside)
    assert figures["interventions"].value == sum(e.kind == "alarm_raised" for e in inside)
    assert figures["missions"].value == sum(e.kind == "mission_started" for e in inside)
    assert figures["service_mean"].value == pytest.approx(sum(took) / len(took) / 60.0)
    assert figures["service_p95"].value == pytest.approx(took[math.ceil(0.95 * len(took)) - 1] / 60.0)
    assert figures["on_time"].value == pytest.approx(100.0 * sum(e.t <= due[e.order_id] for e in done) / len(done))
    assert figures["metres"].value == pytest.approx(use["metres"] / 1000.0)
    work = use["loaded"] + use["empty"] + use["wait.traffic"]
    assert figures["wait_share"].value == pytest.approx(100.0 * use["wait.traffic"] / work)
    assert sum(bar.done for bar in month.bars) == len(done)


def test_an_entry_belongs_to_the_period_that_its_second_lies_in() -> None:
    border = MONTH.end
    journal = [entry(MONTH.begin + 1.0, "robot_online", robot="amr_01")]
    for name, t in (("T1", border - 1.0), ("T2", border)):
        journal += [entry(t, "order_created", name, pick_place="D01", drop_place="B1", deadline=0.0, earliest=0.0)]
    journal.append(entry(border + 1e6, "robot_online", robot="amr_01"))
    assert report(journal).now.figures["created"].value == 1
    following = ReportingPeriod.parse("2027-02")
    assert report(journal, following).now.figures["created"].value == 1
    assert report(journal, following).spans["previous"].figures["created"].value == 1


def test_cumulative_and_last_year_are_what_their_names_say() -> None:
    last_year, q1 = ReportingPeriod.parse("2026-03"), ReportingPeriod.parse("2027-03")
    journal = [
        *orders(last_year.begin, last_year.end, 3),
        *orders(MONTH.begin, MONTH.end, 1),
        *orders(q1.begin, q1.end, 2),
    ]
    found = report(journal, q1).spans
    counts = {name: span.figures["created"].value for name, span in found.items()}
    assert counts["year_before"] == sum(e.kind == "order_created" for e in orders(last_year.begin, last_year.end, 3))
    both = sum(e.kind == "order_created" and e.t >= MONTH.begin for e in journal)
    assert counts["cumulative"] == both
    assert counts["previous"] == 0  # the journal knows February, and nothing happened in it


def test_the_page_has_the_margins_of_the_form(printed: PdfReader) -> None:
    for number, page in enumerate(printed.pages):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        across = width > height
        assert sorted((round(width / MM), round(height / MM))) == [210, 297]
        for text, x, y, _ in words_on(page):
            head = text.isdigit() and y > height - 20 * MM and int(text) == number + 1
            assert x >= 29.9 * MM or across, (number, text, x)
            assert head or 19.9 * MM <= y <= height - 20 * MM, (number, text, y)


def test_the_page_number_stands_centred_at_the_top_but_not_on_the_first_page(printed: PdfReader) -> None:
    for number, page in enumerate(printed.pages):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        top = [(text, x, size) for text, x, y, size in words_on(page) if y > height - 20 * MM]
        if number == 0:
            assert top == []
            continue
        ((text, x, _),) = top
        middle = (30 * MM + width - 17 * MM) / 2
        assert text == str(number + 1)
        assert abs(x - middle) < 3 * MM


def test_the_elements_stand_in_the_order_of_the_form(printed: PdfReader) -> None:
    first = printed.pages[0].extract_text()
    order = [
        "CÔNG TY CỔ PHẦN CẢNG CẦN", "CẢNG CÁI CUI", "Số: 05/BC-CCC", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc", "Cần Thơ, ngày 15 tháng 01 năm 2027", "BÁO CÁO", "Kính gửi",
        "1. Căn cứ, phạm vi",
    ]  # fmt: skip
    places = [first.find(part) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    whole = " ".join(" ".join(page.extract_text() for page in printed.pages).split())
    chapters = [whole.find(f"{n}. ") for n in range(1, 9)]
    assert chapters == sorted(chapters)
    assert whole.find("Nơi nhận:") < whole.find("PHỤ LỤC") < whole.find("Kiểm chứng số liệu")
    assert "KT. GIÁM ĐỐC" in whole
    assert "- Lưu: VT, KT." in whole


def test_only_embedded_fonts_are_used(printed: PdfReader) -> None:
    fonts = set()
    pages: Any = printed.pages
    for page in pages:
        for font in page["/Resources"]["/Font"].values():
            made = font.get_object()["/DescendantFonts"][0].get_object()
            fonts.add(str(made["/BaseFont"]).partition("+")[2])
            assert "/FontFile2" in made["/FontDescriptor"].get_object()
    assert {"LiberationSerif", "LiberationSerif-Bold", "LiberationSerif-Italic"} <= fonts
    assert all(name.startswith(("LiberationSerif", "DejaVuSansMono")) for name in fonts), fonts


def test_docx_and_pdf_say_the_same(month: PeriodicReport, printed: PdfReader) -> None:
    document = Document(BytesIO(docx(month)))
    pages = "".join("".join(page.extract_text().split()) for page in printed.pages)
    controls = [p.text for p in document.element.body.iter() if p.tag.endswith("}t")]
    text = "".join("".join(controls).split())
    for block in compose(month).body:
        if isinstance(block, Heading | Para):
            assert "".join(block.text.split()) in text
            assert "".join(block.text.split()) in pages, block.text
    section = document.sections[0]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side.mm) for side in sides if side is not None] == [22, 22, 30, 17]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert not section.first_page_header.paragraphs[0].text
    assert document.styles["Normal"].font.name == "Times New Roman"
    tags = re.findall(r'<w:tag w:val="(\w+)"', document.element.xml)
    assert {"results", "safety", "privacy", "data", "obstacles", "proposals", "next_plan"} <= set(tags)


def test_no_english_is_left_in_the_report(month: PeriodicReport, printed: PdfReader) -> None:
    text = " ".join(page.extract_text() for page in printed.pages)
    english = re.findall(r"\b(the|and|of|with|order|robot_|traffic|open|blocked|none|null|true)\b", text, re.IGNORECASE)
    assert english == []


def test_the_qr_code_is_the_signed_checkpoint() -> None:
    code = qr(NOTE)
    picture = cv2.imdecode(np.frombuffer(code_picture(code.rows), np.uint8), cv2.IMREAD_GRAYSCALE)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert text == NOTE


def test_sentences_follow_from_the_figures(month: PeriodicReport) -> None:
    said = " ".join(narrative.results(month))
    done, before = (month.spans[s].figures["done"].value for s in ("now", "previous"))
    assert done is not None
    assert before is not None
    change = w.number(abs(100.0 * (done - before) / before), 1)
    assert f"{'tăng' if done > before else 'giảm'} {change} % so với kỳ trước" in said
    assert "chưa đạt kế hoạch" in said
    empty = report([], ReportingPeriod.parse("2026-05"))
    assert (narrative.results(empty), narrative.safety(empty)) == ([], [])


@pytest.mark.parametrize(
    ("key", "value", "target", "met"),
    [("done", 10.0, 10.0, True), ("done", 9.0, 10.0, False), ("service_p95", 15.0, 15.0, True),
     ("service_p95", 15.1, 15.0, False), ("done", None, 1.0, None), ("failed", 0.0, 0.0, True)],
)  # fmt: skip
def test_a_target_is_met_from_the_right_side(key: Any, value: float | None, target: float, met: bool | None) -> None:
    assert narrative.attained(key, value, target) is met


def test_obstacles_are_carried_over_until_somebody_deals_with_them() -> None:
    def row(t: float, state: str) -> JournalEntry:
        return entry(
            t, "obstacle_set", obstacle="VM-001", opened="2026-12-20", source="person", obstacle_kind="legal", text="x",
            effect_kpi="", effect_amount=0.0, asked_of="", proposal="", owner="", due="2027-02-01", state=state,
            user="lan",
        )  # fmt: skip

    february, march, april = (ReportingPeriod.parse(code) for code in ("2027-02", "2027-03", "2027-04"))
    journal = [row(MONTH.begin + 9e5, "open"), row(march.begin + 60.0, "solved"), entry(april.end, "robot_online")]
    found = {
        p.code: [(o.state, o.overdue) for o in report(journal, p).obstacles] for p in (MONTH, february, march, april)
    }
    assert found["2027-03"] == [("solved", False)]
    assert found["2027-04"] == []
    before = {p.code: report(journal[:1], p).obstacles[0].overdue for p in (MONTH, february)}
    assert before == {"2027-01": False, "2027-02": True}
    assert report(journal, ReportingPeriod.parse("2026-12")).obstacles == []


def test_shares_have_the_interval_of_wilson() -> None:
    low, high = wilson(95, 100)
    assert (round(low, 4), round(high, 4)) == (0.8882, 0.9785)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    for part, whole in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="no share"):
            wilson(part, whole)


def test_numbers_and_days_are_written_as_in_vietnam() -> None:
    assert (w.number(1234.5, 1), w.number(None), w.number(-0.04, 1)) == ("1.234,5", "–", "0,0")
    assert (w.day("2027-02-05"), w.day("")) == ("05/02/2027", "–")
    assert w.long_day("2027-02-05", 2027) == "ngày 05 tháng 02 năm 2027"
    assert w.long_day("2027-11-25", 2027) == "ngày 25 tháng 11 năm 2027"
    assert w.long_day("", 2027) == "ngày … tháng … năm 2027"
    assert w.name_of(ReportingPeriod.parse("2027-Q3")) == "quý III năm 2027"
    assert w.name_of(ReportingPeriod.parse("2027-H2")) == "6 tháng cuối năm 2027"


def test_a_simulation_is_moved_by_the_clock_that_its_journal_was_anchored_to() -> None:
    journal = [entry(3600.0, "robot_online", robot="amr_01"), entry(90000.0, "robot_offline", robot="amr_01")]
    with pytest.raises(AmrError, match=r"report\.no_day"):
        report(journal)
    anchored = [entry(3600.0, "clock_anchor", utc=MONTH.begin + 7200.0, fleet_t=3600.0, ntp_offset=None), *journal]
    found = report(anchored, clock_begins=1.0)
    assert found.clock_begins == MONTH.begin + 3600.0
    assert found.now.covered_begin == MONTH.begin + 7200.0


def test_an_unfinished_letterhead_is_left_to_be_filled_in_by_hand() -> None:
    paper = compose(report([]))
    assert (paper.parent, paper.number) == (w.BLANK, "Số: ……/BC-……")
    assert paper.recipients == ["- Lưu: VT."]


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="poppler-utils is absent: apt-get install poppler-utils")
def test_poppler_finds_every_font_embedded(month: PeriodicReport, tmp_path: Any) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(month))
    listed = subprocess.run(
        ["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    rows = [line.split() for line in listed.splitlines()[2:]]
    assert rows
    assert all(row[-5] == "yes" for row in rows), listed


def test_another_text_gives_another_report(month: PeriodicReport) -> None:
    journal = month_journal()
    other = replace(Source(site=site(), journal=journal), texts={"results": "khác"})
    assert make(other, MONTH).sha256() != month.sha256()


def trial(name: str, *steps: tuple[float, str], breach: float = 0.0) -> list[JournalEntry]:
    made = record(trial_id=name)
    text = made.canonical()
    version = entry(
        steps[0][0] - 10.0, "trial_version", trial=name, version=1, sha256=made.sha256(), record=text, user="hung"
    )
    states = [entry(t, "trial_state", trial=name, state=s, reason="", user="hung", role="engineer") for t, s in steps]
    facts: dict[str, Fact] = {"trial": name, "rule": "area", "x": 0.0, "y": 0.0, "value": 1.0, "limit": 0.0}
    breaches = [JournalEntry(t=breach, kind="trial_breach", robot="amr_01", facts=facts)] if breach else []
    return [version, *states, *breaches]


def test_two_trials_of_a_month_stand_in_its_report_and_none_in_a_month_without() -> None:
    t = MONTH.begin
    first = trial("TN-1", (t - 9e6, "running"), (t + 100.0, "suspended"), (t + 200.0, "running"), breach=t + 99.0)
    second = trial("TN-2", (t + 300.0, "running"), (t + 400.0, "ended"))
    old = trial("TN-0", (t - 9e6, "running"), (t - 8e6, "ended"))
    future = trial("TN-9", (MONTH.end + 10.0, "running"))
    journal = sorted([*first, *second, *old, *future], key=lambda e: e.t)
    rows = [(r.trial_id, r.state, r.suspensions, r.breaches) for r in report(journal).trials]
    assert rows == [("TN-1", "running", 1, 1), ("TN-2", "ended", 0, 0)]
    said = " ".join(b.text for b in compose(report(month_journal())).body if isinstance(b, Para))
    assert "không có thử nghiệm có kiểm soát" in said
