"""The annex of a periodic report: every figure with its interval, robots, register, words, and how to check it."""

from __future__ import annotations

from typing import Final

from amr_fleet.periodic import words as w
from amr_fleet.periodic.kpis import KPIS
from amr_fleet.periodic.model import ObstacleRow, PeriodicReport, SpanName
from amr_fleet.periodic.paper import Block, Code, Heading, PaperNote, PaperTable, Para
from amr_fleet.qr_code import qr_rows
from amr_fleet.vocabulary import KpiKey

_SPANS: Final[dict[SpanName, str]] = {
    "now": "Kỳ này", "previous": "Kỳ trước", "year_before": "Cùng kỳ năm trước", "cumulative": "Lũy kế từ đầu năm",
}  # fmt: skip
_GLOSSARY: Final = (
    ("Thời gian phục vụ", "từ lúc đơn được phép làm đến lúc trả hàng xong; phân vị theo thứ hạng gần nhất"),
    ("Tỷ lệ chờ", "thời gian chờ chia cho tổng thời gian chở hàng, chạy không và chờ"),
    ("Độ sẵn sàng", "phần thời gian robot có liên lạc và không lỗi"),
    ("MTBF", "thời gian tốt chia cho số sự cố"),
    ("MTTR", "từ lúc có cảnh báo lỗi, mất liên lạc, mất vị trí hoặc dừng khẩn cấp đến lúc hết"),
    ("Lần cần người xử lý", "mỗi cảnh báo trong nhật ký tính một lần"),
    ("Khoảng 95 %", "khoảng tin cậy: của tỷ lệ theo Wilson, của trung bình theo sai số chuẩn"),
    ("n", "số lần đo của chỉ tiêu"),
    ("Điểm kiểm tra", "gốc của cây Merkle trên toàn bộ nhật ký, ký bằng khóa Ed25519 của hệ thống"),
)


def annex(report: PeriodicReport) -> list[Block]:
    """Return the annex."""
    return [
        Heading("PHỤ LỤC"),
        *_figures(report),
        *_robots(report),
        *_register(report),
        PaperTable(
            "glossary", "Giải thích từ ngữ", ("Từ", "Nghĩa"), [list(row) for row in _GLOSSARY], (25, 75), left=2
        ),
        *_checking(report),
    ]


def _figures(report: PeriodicReport) -> list[Block]:
    head = [
        "Chỉ tiêu", "Đơn vị", "Kế hoạch", "Thực đo", "Mô phỏng", "n", "Khoảng 95 %", "Kỳ trước", "Cùng kỳ năm trước",
        "Lũy kế",
    ]  # fmt: skip
    rows = [_figure(report, key) for key in KPIS]
    caption = "Phụ lục 1. Tất cả chỉ tiêu"
    return [PaperTable("figures", caption, head, rows, (26, 8, 8, 8, 8, 7, 13, 8, 8, 8), left=2)]


def _figure(report: PeriodicReport, key: KpiKey) -> list[str]:
    cell = report.now.figures[key]
    now = w.cell(key, cell)
    measured, simulated = ("–", now) if report.simulated else (now, "–")
    others = [w.cell(key, report.spans[s].figures[key]) for s in ("previous", "year_before", "cumulative")]
    plan = w.of_kpi(key, report.plan.get(key))
    n = "–" if cell.n is None else w.number(cell.n)
    return [w.KPI_NAMES[key], w.unit(key), plan, measured, simulated, n, w.interval(key, cell), *others]


def _robots(report: PeriodicReport) -> list[Block]:
    found: list[Block] = []
    if report.robots:
        head = ["Robot", "Đơn hoàn thành", "Quãng đường (km)", "Độ sẵn sàng (%)", "Sự cố", "Lần cần người"]
        rows = [
            [w.robot(r.robot), w.number(r.done), w.number(r.km, 2),
             w.number(None if r.availability is None else 100.0 * r.availability, 1), w.number(r.faults),
             w.number(r.interventions)]
            for r in report.robots
        ]  # fmt: skip
        found.append(PaperTable("robots", "Phụ lục 2. Từng robot", head, rows, (20, 16, 16, 16, 16, 16)))
    total = sum(report.waits.values())
    if total > 0:
        causes = [
            [w.cause(code), w.number(s / 3600.0, 1), w.number(100.0 * s / total, 1)] for code, s in report.time_by_cause
        ]
        head = ["Vì sao robot chờ", "Giờ", "% thời gian chờ"]
        found.append(PaperTable("waits", "Phụ lục 3. Nguyên nhân chờ", head, causes, (50, 25, 25)))
    if report.alarms:
        counted = sorted(report.alarms.items(), key=lambda item: (-item[1], item[0]))
        rows = [[w.cause(code), w.number(count)] for code, count in counted]
        found.append(PaperTable("alarms", "Phụ lục 4. Việc cần người xử lý", ["Việc", "Lần"], rows, (75, 25)))
    return found


def _register(report: PeriodicReport) -> list[Block]:
    if not report.obstacles:
        return []
    head = ["Mã", "Nguồn", "Loại", "Nội dung", "Ảnh hưởng", "Kiến nghị", "Phụ trách", "Hạn", "Trạng thái", "Trả lời"]
    rows = [_obstacle(o) for o in report.obstacles]
    caption = "Phụ lục 5. Sổ theo dõi khó khăn, vướng mắc"
    return [PaperTable("register", caption, head, rows, (7, 8, 9, 18, 11, 15, 9, 8, 7, 8), left=10)]


def _obstacle(o: ObstacleRow) -> list[str]:
    effect = "–"
    for key, kpi_name in w.KPI_NAMES.items():
        if key == o.effect_kpi:
            effect = f"{kpi_name}: {w.of_kpi(key, o.effect_amount)} {w.unit(key)}"
    answers = "; ".join(f"{a.document} ({w.day(a.date)})" for a in o.answers) or "–"
    return [
        o.obstacle_id, w.SOURCES[o.source], w.KINDS[o.kind], o.text.replace("\n", " "), effect,
        o.proposal.replace("\n", " ") or "–", o.owner or "–", w.day(o.due), w.STATES[o.state], answers,
    ]  # fmt: skip


def _checking(report: PeriodicReport) -> list[Block]:
    """Return what one needs to check the figures: hashes of the inputs, and the signed tree as text and QR code."""
    rows = [[name, w.number(report.spans[span].entries), report.spans[span].digest] for span, name in _SPANS.items()]
    found: list[Block] = [
        Heading("Kiểm chứng số liệu", 2),
        PaperTable(
            "inputs", "Dữ liệu đầu vào", ("Khoảng thời gian", "Số dòng nhật ký", "SHA-256"), rows, (20, 14, 66), 3
        ),
    ]
    check = report.checkpoint
    if check is None:
        return [*found, Para("Nhật ký không có cây Merkle; số liệu chỉ có thể đối chiếu bằng SHA-256 ở trên.")]
    found.append(
        Para(
            f"Số liệu lấy từ {w.number(check.size)} dòng đầu của nhật ký {check.origin}. Ai giữ tờ giấy này có thể đối "
            "chiếu: nhật ký bị sửa về sau sẽ cho gốc khác."
        )
    )
    lines = check.note.splitlines() if check.note else [check.origin, str(check.size), check.root]
    if not check.note:
        found.append(Para("Hệ thống không có khóa ký; điểm kiểm tra dưới đây chưa được ký."))
    if check.key:
        lines += ["", check.key]
    return [*found, PaperNote(tuple(lines)), qr(check.note or "\n".join(lines))]


def qr(text: str) -> Code:
    """Return a text as QR code, error correction M."""
    return Code(text, qr_rows(text))
