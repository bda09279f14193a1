"""`amr report periodic` and `amr report verify`: files, bytes, empty months, changed journals, full disks."""

from __future__ import annotations

import io
import json
import resource
import sqlite3
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_fleet.reporting_periods import midnight
from tests.periodic_journal import MONTH, entry, month_journal, stored


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("state"), month_journal())


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def code(*arguments: object) -> str:
    error = call(*arguments).exception
    assert isinstance(error, AmrError), error
    return error.code


def made(journal: Path, out: Path, period: str = MONTH.code, *more: object) -> dict[str, Path]:
    result = call("periodic", "--period", period, "--journal", journal, "--out", out, *more)
    assert result.exit_code == 0, (result.output, result.exception)
    return {path.suffix: path for path in map(Path, result.output.split())}


def text_of(pdf: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)


@pytest.mark.parametrize("period", ["2027-01", "2027-Q1", "2027-H1", "2027"])
def test_each_kind_of_period_gives_three_files_with_the_same_data(journal: Path, tmp_path: Path, period: str) -> None:
    files = made(journal.parent, tmp_path, period)
    assert sorted(path.name for path in files.values()) == [f"bao-cao-{period}.{s}" for s in ("docx", "json", "pdf")]
    data = json.loads(files[".json"].read_bytes())
    assert data["period"]["code"] == period
    assert data["spans"]["now"]["figures"]["done"]["value"] > 50
    attached = PdfReader(files[".pdf"]).attachments["bao-cao.json"][0]
    assert json.loads(attached) == data
    for ending in (".pdf", ".docx", ".json"):
        result = call("verify", files[ending], "--journal", journal)
        assert result.exit_code == 0, result.output


def test_the_same_journal_gives_the_same_bytes(journal: Path, tmp_path: Path) -> None:
    first, second = made(journal, tmp_path / "a"), made(journal, tmp_path / "b")
    assert [path.read_bytes() for path in first.values()] == [path.read_bytes() for path in second.values()]
    assert not [path for path in tmp_path.rglob("*.part")]


def test_an_empty_month_is_an_honest_report(journal: Path, tmp_path: Path) -> None:
    files = made(journal, tmp_path, "2025-06")
    text = " ".join(text_of(files[".pdf"]).split())
    assert "không có dữ liệu nào trong kỳ báo cáo" in text
    data = json.loads(files[".json"].read_bytes())
    assert all(cell["value"] is None for cell in data["spans"]["now"]["figures"].values())
    assert call("verify", files[".pdf"], "--journal", journal).exit_code == 0


def test_a_journal_without_any_entry_gives_an_empty_report(tmp_path: Path) -> None:
    files = made(stored(tmp_path, []), tmp_path, "2027-01")
    assert "không có dữ liệu nào" in " ".join(text_of(files[".pdf"]).split())


def test_a_simulation_needs_a_day_and_says_that_it_is_one(tmp_path: Path) -> None:
    path = stored(
        tmp_path, [entry(10.0, "robot_online", robot="amr_01"), entry(90000.0, "robot_offline", robot="amr_01")]
    )
    files = made(path, tmp_path, "2027-01", "--simulated-from", "2027-01-01")
    data = json.loads(files[".json"].read_bytes())
    assert (data["simulated"], data["clock_begins"]) == (True, midnight(date(2027, 1, 1)))
    assert "số liệu mô phỏng" in " ".join(text_of(files[".pdf"]).split())
    assert call("verify", files[".docx"], "--journal", path).exit_code == 0
    by_itself = made(path, tmp_path / "x", "2027-01")  # the day of the first checkpoint
    assert json.loads(by_itself[".json"].read_bytes())["clock_begins"] > midnight(date(2026, 1, 1))
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM checkpoints")
    (path.parent / "evidence.key").unlink()
    assert code("periodic", "--period", "2027-01", "--journal", path, "--out", tmp_path) == "report.no_day"


def changed(journal: Path, folder: Path, sql: str) -> Path:
    folder.mkdir()
    with sqlite3.connect(journal) as source, sqlite3.connect(folder / journal.name) as copy:
        source.backup(copy)
        copy.execute(sql)
        copy.commit()
    (folder / "evidence.key").write_bytes((journal.parent / "evidence.key").read_bytes())
    return folder / journal.name


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal SET t = t - 100 WHERE seq = (SELECT min(seq) FROM journal WHERE kind = 'order_done')",
        "DELETE FROM journal WHERE seq = 40",
        "UPDATE journal SET payload = replace(payload, '\"target\": 1000.0', '\"target\": 900.0')",
    ],
)
def test_a_row_changed_after_filing_is_told(journal: Path, tmp_path: Path, sql: str) -> None:
    files = made(journal, tmp_path / "out")
    other = changed(journal, tmp_path / "changed", sql)
    for path in files.values():
        result = call("verify", path, "--journal", other)
        assert result.exit_code == 1
        assert "SAI  Nhật ký còn nguyên vẹn" in result.output
        assert "KHÔNG khớp với nhật ký" in result.output
    again = ("periodic", "--period", MONTH.code, "--journal", other, "--out", tmp_path / "again")
    assert code(*again) == "store.damaged", "a report of it would be signed, with figures that nobody wrote"
    assert not (tmp_path / "again").exists()


def test_a_history_that_was_written_anew_contradicts_the_paper(journal: Path, tmp_path: Path) -> None:
    files = made(journal, tmp_path / "out")
    (tmp_path / "anew").mkdir()
    other = stored(tmp_path / "anew", [e for e in month_journal() if e.order_id != "T1-7"])
    result = call("verify", files[".pdf"], "--journal", other)
    assert result.exit_code == 1
    assert "đúng  Nhật ký còn nguyên vẹn" in result.output  # it is whole in itself
    assert "SAI  Điểm kiểm tra in trong báo cáo thuộc về nhật ký này" in result.output
    assert "SAI  Số liệu khớp với nhật ký" in result.output
    assert "SAI  Chữ ký" in result.output


def test_entries_that_came_after_do_not_speak_against_a_report(tmp_path: Path) -> None:
    entries = month_journal()
    path = stored(tmp_path, entries[:-500])
    files = made(path, tmp_path / "out")
    stored(tmp_path, entries[-500:])
    assert call("verify", files[".pdf"], "--journal", path).exit_code == 0


def test_figures_that_were_edited_are_told_and_edited_sentences_are_not(journal: Path, tmp_path: Path) -> None:
    path = made(journal, tmp_path)[".docx"]
    document = Document(str(path))
    document.paragraphs[-1].add_run(" Đã đọc.")
    document.save(str(path))
    assert call("verify", path, "--journal", journal).exit_code == 0
    table = next(t for t in document.tables if t.cell(0, 0).text == "Chỉ tiêu")
    table.cell(2, 3).text = "99.999"
    document.save(str(path))
    result = call("verify", path, "--journal", journal)
    assert result.exit_code == 1
    assert 'ghi "99.999"' in result.output


def test_a_page_that_shows_other_figures_than_it_carries_is_told(journal: Path, tmp_path: Path) -> None:
    """The data of one report in the pages of another."""
    from amr_fleet.periodic.compose import compose
    from amr_fleet.periodic.model import PeriodicReport
    from amr_fleet.periodic.pdf_file import print_paper

    files = made(journal, tmp_path)
    report = PeriodicReport.from_json(files[".json"].read_bytes(), "x")
    better = report.model_copy(update={"plan": {"done": 10.0}})
    files[".pdf"].write_bytes(print_paper(compose(better), report.to_json(), int(report.period.end)))
    result = call("verify", files[".pdf"], "--journal", journal)
    assert result.exit_code == 1
    assert "SAI  Trang giấy ghi đúng số liệu" in result.output


def test_a_signature_that_was_added_at_the_end_does_not_matter(journal: Path, tmp_path: Path) -> None:
    path = made(journal, tmp_path)[".pdf"]
    path.write_bytes(path.read_bytes() + b"\n% signed\n")
    assert call("verify", path, "--journal", journal).exit_code == 0


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 rubbish", b"PK\x03\x04rubbish", b"{}", b"\xff\xfe", b'{"format":"x"}']
)
def test_rubbish_is_no_report(journal: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    result = call("verify", path, "--journal", journal)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "KHÔNG KIỂM ĐƯỢC" in result.output
    assert call("verify", tmp_path / "absent.pdf", "--journal", journal).exit_code == 1


def test_a_workbook_or_a_foreign_document_is_no_report(journal: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    Document().save(str(path))
    assert "data part is gone" in call("verify", path, "--journal", journal).output
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("customXml/item1.xml", "<not closed")
    assert "KHÔNG KIỂM ĐƯỢC" in call("verify", path, "--journal", journal).output


def test_options_that_cannot_be_are_refused(journal: Path, tmp_path: Path) -> None:
    where = ("--journal", journal, "--out", tmp_path)
    assert code("periodic", "--period", "2027-13", *where) == "report.bad_period"
    assert code("periodic", "--period", "2027-01", "--journal", tmp_path / "no", "--out", tmp_path) == "run.bad_option"
    assert code("periodic", "--period", "2027-01", "--format", "odt", *where) == "run.bad_option"
    assert code("periodic", "--period", "2027-01", "--simulated-from", "x", *where) == "run.bad_option"
    bad: Any
    for bad in ("nothing: 1", "[1]", "issuer: [1]", "date: tomorrow", 'issuer: "a\\u202eb"', "a: b: c"):
        (tmp_path / "l.yaml").write_text(bad, encoding="utf-8")
        assert code("periodic", "--period", "2027-01", "--letterhead", tmp_path / "l.yaml", *where) == "run.bad_option"
    assert list(tmp_path.iterdir()) == [tmp_path / "l.yaml"]


def test_a_letterhead_comes_from_a_file(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "l.yaml").write_text("issuer: Cảng Thử\nnumber: 7\ndate: 2027-02-05\n", encoding="utf-8")
    text = text_of(made(journal, tmp_path, "2027-01", "--letterhead", tmp_path / "l.yaml")[".pdf"])
    assert "CẢNG THỬ" in text
    assert "Số: 07/BC-CCC" in text
    assert "Cần Thơ, ngày 05 tháng 02 năm 2027" in text


def test_a_disk_that_fills_leaves_what_was_there_and_nothing_half_written(journal: Path, tmp_path: Path) -> None:
    old = made(journal, tmp_path, "2027-01", "--letterhead", _letterhead(tmp_path))
    before = {path: path.read_bytes() for path in old.values()}
    words = ["report", "periodic", "--period", "2027-01", "--journal", str(journal), "--out", str(tmp_path)]
    program = (
        "import resource, sys; from amr_bringup.periodic_report import *; from amr_bringup.cli import main;"
        "import amr_fleet.files_at_once as f; real = f.write_all\n"
        "def full(files):\n"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); real(files)\n"
        "import amr_bringup.periodic_report as p; p.write_all = full\n"
        f"sys.argv = ['amr', *{words!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "report.not_written" in done.stderr
    assert {path: path.read_bytes() for path in old.values()} == before
    assert not list(tmp_path.glob(".*"))
    assert resource.RLIMIT_FSIZE  # the limit was the child's


def _letterhead(folder: Path) -> Path:
    (folder / "l.yaml").write_text("issuer: Bản cũ\n", encoding="utf-8")
    return folder / "l.yaml"


def test_the_shift_report_is_where_it_was(journal: Path, tmp_path: Path) -> None:
    for number, words in enumerate((["shift"], [])):
        out = tmp_path / f"{number}.json"
        assert call(*words, journal, out).exit_code == 0
        assert json.loads(out.read_bytes())["done"] > 100
    assert call("--site", "cai_cui", journal, tmp_path / "x.json").exit_code == 0
    assert io.StringIO(call("--help").output).read().count("periodic") >= 1
