"""Does a filed report hold against the journal? Each question with its answer, in plain Vietnamese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_core.errors import AmrError
from amr_fleet.domain.office import Office
from amr_fleet.dossier.persons import persons
from amr_fleet.periodic import words as w
from amr_fleet.periodic.model import CheckpointPart, PeriodicReport, SpanName
from amr_fleet.periodic.reading import FileRead
from amr_fleet.store.notes import PublicKey

_SPANS: dict[SpanName, str] = {
    "now": "kỳ này", "previous": "kỳ trước", "year_before": "cùng kỳ năm trước", "cumulative": "lũy kế",
}  # fmt: skip
_MOST = 20


@dataclass(frozen=True)
class Answer:
    """One question: does it hold (None = cannot be said), and what was seen."""

    question: str
    holds: bool | None
    seen: Sequence[str] = ()


@dataclass(frozen=True)
class Records:
    """What the journal says now. faults: of the records as a whole.

    root: of the tree at the report's size, "" = it is shorter; key: public key beside the journal, "" = none.
    """

    faults: Sequence[str]
    root: str
    key: str
    fresh: PeriodicReport
    office: Office


def verify(file: FileRead, records: Records, sha256: str) -> list[Answer]:
    """Return the answers about a file. sha256: of its bytes."""
    report = file.report
    return [
        _pages(file),
        _figures(report, records.fresh),
        _entries(report, records.fresh),
        _whole(records),
        _tree(report.checkpoint, records),
        _signature(report.checkpoint, records.key),
        _filed(report, records.office, sha256),
    ]


def holds(answers: Sequence[Answer]) -> bool:
    """Return whether nothing speaks against the file."""
    return all(answer.holds is not False for answer in answers)


def _pages(file: FileRead) -> Answer:
    return Answer("Trang giấy ghi đúng số liệu kèm trong tệp", not file.differences, file.differences)


def _figures(report: PeriodicReport, fresh: PeriodicReport) -> Answer:
    seen: list[str] = []
    for span, name in _SPANS.items():
        old, new = report.spans.get(span), fresh.spans[span]
        if old is None:
            seen.append(f"{name}: không có trong tệp")
            continue
        for key, found in new.figures.items():
            said = old.figures.get(key)
            if said != found:
                wrote = "–" if said is None else w.cell(key, said)
                seen.append(f"{w.KPI_NAMES[key]} ({name}): báo cáo ghi {wrote}, nhật ký cho {w.cell(key, found)}")
    parts = ("bars", "uses", "waits", "alarms", "robots", "plan", "obstacles", "trials", "simulated")
    seen += [f"{name}: khác nhật ký" for name in parts if getattr(report, name) != getattr(fresh, name)]
    return Answer("Số liệu khớp với nhật ký", not seen, seen[:_MOST])


def _entries(report: PeriodicReport, fresh: PeriodicReport) -> Answer:
    seen = [
        f"{name}: SHA-256 của {new.entries} dòng nhật ký là {new.digest[:16]}…, báo cáo ghi {old.digest[:16]}…"
        for span, name in _SPANS.items()
        if (old := report.spans.get(span)) is not None and old.digest != (new := fresh.spans[span]).digest
    ]
    return Answer("Các dòng nhật ký của kỳ không bị sửa từ khi lập báo cáo", not seen, seen)


def _whole(records: Records) -> Answer:
    return Answer("Nhật ký còn nguyên vẹn", not records.faults, list(records.faults)[:_MOST])


def _tree(check: CheckpointPart | None, records: Records) -> Answer:
    question = "Điểm kiểm tra in trong báo cáo thuộc về nhật ký này"
    if check is None:
        return Answer(question, None, ["báo cáo không có điểm kiểm tra"])
    if not records.root:
        return Answer(question, False, [f"báo cáo lập từ {check.size} dòng, nhật ký nay ít hơn"])
    same = records.root == check.root
    return Answer(question, same, [] if same else [f"gốc ở {check.size} dòng nay là {records.root}, in {check.root}"])


def _signature(check: CheckpointPart | None, key: str) -> Answer:
    question = "Chữ ký của điểm kiểm tra hợp lệ"
    if check is None or not check.note:
        return Answer(question, None, ["báo cáo không có điểm kiểm tra được ký"])
    if not key:
        return Answer(question, None, ["cạnh nhật ký không có khóa để đối chiếu"])
    try:
        signed = PublicKey.parse(key).open(check.note)
    except AmrError as error:
        return Answer(question, False, [error.sentence])
    if (signed.origin, signed.size) != (check.origin, check.size) or check.root not in check.note.splitlines():
        return Answer(question, False, ["chữ ký là của điểm kiểm tra khác"])
    return Answer(question, True)


def _filed(report: PeriodicReport, office: Office, sha256: str) -> Answer:
    question = "Tệp là bản đã ban hành"
    filed = [f for f in office.file(report.period.code).filed if f.edition == report.edition]
    if not filed:
        return Answer(question, None, ["nhật ký chưa ghi lần ban hành nào của bản này"])
    same = sha256 in (filed[-1].docx_sha256, filed[-1].pdf_sha256)
    # An edited or signed copy is another file: that is said, and is no fault.
    return Answer(question, True if same else None, [] if same else ["tệp đã được sửa hoặc ký sau khi ban hành"])


def signed_by(file: FileRead, name: str, authorities: bytes | None) -> Answer:
    """Return what holds of the signatures of persons. name: of the file; authorities: as in `dossier.persons`."""
    question = "Chữ ký của người trên bản PDF hợp lệ"
    if not file.content.startswith(b"%PDF-"):
        return Answer(question, None if authorities is None else False, ["chỉ bản PDF có chữ ký của người"])
    said = list(persons(file.content, name, authorities))
    verdicts = [holds for holds, _ in said]
    holds = False if False in verdicts else (True if True in verdicts else None)
    return Answer(question, holds, [says for _, says in said])
