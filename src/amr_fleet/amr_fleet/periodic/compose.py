"""Put a periodic report on paper: chapters, tables, charts and annex in the order that the authority expects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_fleet.periodic import narrative
from amr_fleet.periodic import words as w
from amr_fleet.periodic.annex import annex
from amr_fleet.periodic.kpis import KPIS
from amr_fleet.periodic.model import ObstacleRow, PeriodicReport
from amr_fleet.periodic.paper import Block, Chart, Heading, Paper, PaperTable, Para, Series
from amr_fleet.reporting_periods import day_of
from amr_fleet.vocabulary import KpiKey

SHORT: Final[tuple[KpiKey, ...]] = (
    "created", "done", "failed", "on_time", "per_hour", "service_mean", "service_p95", "wait_share", "availability",
    "interventions", "metres", "wh_per_order",
)  # fmt: skip
"""The figures in the text; the annex has all."""
_DARK, _PALE, _GREY = "#33506e", "#b9c6d3", "#8a8f94"
USE_COLOURS: Final = {
    "loaded": "#33506e", "empty": "#7f9ab5", "wait": "#e39a12", "charge": "#8fae8b",
    "fault": "#cf2f2f", "paused": "#c9a26a", "offline": "#7a1414", "idle": "#d9dde2",
}  # fmt: skip
_CASES: Final = "Căn cứ Nghị định số 09/2019/NĐ-CP ngày 24 tháng 01 năm 2019 của Chính phủ quy định về chế độ báo cáo"


def compose(report: PeriodicReport) -> Paper:
    """Return the report on paper."""
    t = report.texts
    name = w.period_name(report.period.kind, report.period.year, report.period.number)
    number = t.get("number", "") or "……"
    return Paper(
        parent=t.get("parent", "").upper() or w.BLANK,
        issuer=t.get("issuer", "").upper() or w.BLANK,
        number=f"Số: {number.zfill(2) if number.isdigit() else number}/BC-{t.get('abbreviation', '') or '……'}",
        place_date=f"{t.get('place', '') or w.BLANK}, {w.long_day(t.get('date', ''), _year_of(report))}",
        title="BÁO CÁO",
        abstract=f"Kết quả vận hành robot tự hành tại {report.site_name}, {name}",
        to=t.get("to", "") or w.BLANK,
        body=_body(report),
        annex=annex(report),
        signer_mode=t.get("signer_mode", ""),
        signer_office=t.get("signer_office", "").upper() or w.BLANK,
        signer_name=t.get("signer_name", ""),
        recipients=_recipients(t.get("recipients", "")),
        description=f"{report.site}, {report.period.code}, bản {report.edition}",
        keywords=(report.site, report.period.code),
    )


def _year_of(report: PeriodicReport) -> int:
    return day_of(report.period.end).year


def _recipients(text: str) -> list[str]:
    lines = [line.strip(" -;.") for line in text.replace(";", "\n").split("\n")]
    kept = [line for line in lines if line]
    if not any(line.startswith("Lưu") for line in kept):
        kept.append("Lưu: VT")
    return [f"- {line}{'.' if i == len(kept) - 1 else ';'}" for i, line in enumerate(kept)]


def _body(report: PeriodicReport) -> list[Block]:
    parts = (_basis, _results, _safety, _privacy, _data, _obstacles, _proposals, _next)
    titles = (
        "Căn cứ, phạm vi", "Kết quả thực hiện", "An toàn, sự cố, tạm dừng", "Camera trí tuệ nhân tạo, dữ liệu cá nhân",
        "Dữ liệu, chuyển giao, đào tạo", "Khó khăn, vướng mắc", "Kiến nghị, đề xuất", "Kế hoạch kỳ tới",
    )  # fmt: skip
    found: list[Block] = []
    for place, (title, make) in enumerate(zip(titles, parts, strict=True), 1):
        found += [Heading(f"{place}. {title}"), *make(report)]
    return found


def _field(report: PeriodicReport, name: str, otherwise: str) -> list[Block]:
    """Return what a person wrote, a paragraph a line."""
    text = report.texts.get(name, "")
    return [Para(line, field=name) for line in text.split("\n") if line] if text else [Para(otherwise, field=name)]


def _basis(report: PeriodicReport) -> list[Block]:
    p, now = report.period, report.now
    own = [line for line in report.texts.get("legal_basis", "").split("\n") if line]
    found: list[Block] = [Para(f"{line.rstrip(';.')};", field="legal_basis") for line in (_CASES, *own)]
    found.append(
        Para(
            f"Phạm vi: hệ thống robot tự hành tại {report.site_name}. Kỳ báo cáo: "
            f"{w.period_name(p.kind, p.year, p.number)}, tính từ ngày {w.day(p.first_day)} đến hết ngày "
            f"{w.day(p.last_day)} (giờ Việt Nam, UTC+7)."
        )
    )
    if report.simulated:
        found.append(
            Para(
                "Số liệu của báo cáo này là số liệu mô phỏng, không phải số đo tại hiện trường; đồng hồ mô phỏng bắt "
                f"đầu lúc {w.moment(report.clock_begins)}."
            )
        )
    if report.empty:
        found.append(Para("Nhật ký vận hành không có dữ liệu nào trong kỳ báo cáo; các bảng dưới đây để trống."))
    elif now.covered_begin > now.begin or now.covered_end < now.end:
        found.append(
            Para(
                f"Nhật ký vận hành có dữ liệu từ {w.moment(now.covered_begin)} đến {w.moment(now.covered_end)} "
                f"({w.number(now.hours, 1)} giờ), không phải toàn bộ kỳ báo cáo."
            )
        )
    return found


def _results(report: PeriodicReport) -> list[Block]:
    found: list[Block] = [Para(sentence) for sentence in narrative.results(report)]
    found += _field(report, "results", "Không có bổ sung.")
    found.append(short_table(report))
    return found + charts(report)


def short_table(report: PeriodicReport) -> PaperTable:
    """Return the figures that the text is about: plan, measured, simulated, before."""
    rows = []
    for key in SHORT:
        now = w.cell(key, report.now.figures[key])
        measured, simulated = ("–", now) if report.simulated else (now, "–")
        plan = w.of_kpi(key, report.plan.get(key))
        others = [w.cell(key, report.spans[s].figures[key]) for s in ("previous", "year_before", "cumulative")]
        rows.append([w.KPI_NAMES[key], w.unit(key), plan, measured, simulated, *others])
    head = [
        "Chỉ tiêu", "Đơn vị", "Kế hoạch", "Kỳ này (thực đo)", "Kỳ này (mô phỏng)", "Kỳ trước", "Cùng kỳ năm trước",
        "Lũy kế từ đầu năm",
    ]  # fmt: skip
    return PaperTable("short", "Bảng 1. Kết quả chính", head, rows, (30, 10, 10, 10, 10, 10, 10, 10), left=2)


def charts(report: PeriodicReport) -> list[Block]:
    """Return the pictures: orders over time, robots' time, plan and result."""
    found: list[Block] = []
    if report.bars:
        labels = [w.bar_name(b.label) for b in report.bars]
        series = (
            Series("Đã nhận", _PALE, [float(b.created) for b in report.bars]),
            Series("Hoàn thành", _DARK, [float(b.done) for b in report.bars]),
        )
        per = "ngày" if report.period.kind == "month" else "tháng"
        most = max(report.bars, key=lambda b: b.done)
        peak = f"{w.number(most.done)} đơn ở {per} {w.bar_name(most.label)}"
        alt = f"Số đơn nhận và hoàn thành theo {per}; nhiều nhất {peak}."
        found.append(Chart(f"Hình 1. Số đơn theo {per}", alt, labels, series))
    total = sum(report.uses.values())
    if total > 0:
        shares = {use: 100.0 * s / total for use, s in report.time_by_use}
        uses = [Series(w.use(u), USE_COLOURS.get(u, _GREY), [share]) for u, share in shares.items()]
        alt = "Thời gian của robot: " + ", ".join(f"{w.use(u).lower()} {w.number(s, 1)} %" for u, s in shares.items())
        found.append(Chart("Hình 2. Thời gian của robot", f"{alt}.", ("Tất cả robot",), uses, "shares"))
    return found + _plan_chart(report)


def _plan_chart(report: PeriodicReport) -> list[Block]:
    """Return result against plan in percent, of the figures of which more is better."""
    rows = [(key, target, report.now.figures[key].value) for key, target in report.targets]
    kept = [(key, 100.0 * v / target) for key, target, v in rows if v is not None and target > 0 and KPIS[key].better]
    if not kept:
        return []
    alt = "Kết quả so với kế hoạch: " + ", ".join(f"{w.KPI_NAMES[k].lower()} {w.number(v, 1)} %" for k, v in kept)
    labels = [w.KPI_NAMES[key] for key, _ in kept]
    series = (
        Series("Kế hoạch (100 %)", _PALE, [100.0] * len(kept)),
        Series("Kết quả", _DARK, [value for _, value in kept]),
    )
    return [Chart("Hình 3. Kết quả so với kế hoạch (%)", f"{alt}.", labels, series, "rows")]


def _safety(report: PeriodicReport) -> list[Block]:
    found: list[Block] = [Para(sentence) for sentence in narrative.safety(report)]
    if report.trials:
        rows = [
            [
                t.trial_id,
                t.title,
                w.TRIAL_STATES.get(t.state, t.state),
                w.number(t.suspensions),
                w.number(t.breaches),
                w.number(t.incidents),
            ]
            for t in report.trials
        ]
        head = ["Mã", "Thử nghiệm có kiểm soát", "Trạng thái", "Lần tạm dừng", "Lần vượt phạm vi", "Sự cố"]
        found.append(
            PaperTable(
                "trials", "Bảng 2. Thử nghiệm có kiểm soát trong kỳ", head, rows, (14, 36, 16, 12, 12, 10), left=3
            )
        )
    else:
        found.append(Para("Trong kỳ không có thử nghiệm có kiểm soát nào được ghi trong nhật ký."))
    return found + _field(report, "safety", "Không có bổ sung.")


def _privacy(report: PeriodicReport) -> list[Block]:
    figures = report.now.figures
    found: list[Block] = []
    if not report.empty:
        found.append(
            Para(
                f"Camera giữ hoặc làm chậm robot {w.cell('camera_zones', figures['camera_zones'])} lần; đã đọc "
                f"{w.number(figures['wrong_loads'].n)} nhãn hàng, trong đó "
                f"{w.cell('wrong_loads', figures['wrong_loads'])} nhãn không đúng đơn. Hệ thống chỉ giữ vị trí và loại "
                "đối tượng, không nhận dạng người."
            )
        )
    otherwise = (
        "Yêu cầu của chủ thể dữ liệu, xóa dữ liệu, thời hạn lưu trữ: hệ thống không ghi các việc này; đơn vị bổ sung."
    )
    return found + _field(report, "privacy", otherwise)


def _data(report: PeriodicReport) -> list[Block]:
    return _field(report, "data", "Không có hoạt động chuyển giao, đào tạo, chia sẻ dữ liệu nào được ghi trong kỳ.")


def _obstacles(report: PeriodicReport) -> list[Block]:
    found: list[Block] = []
    still = [o for o in report.obstacles if o.state not in ("solved", "closed")]
    if not report.obstacles:
        found.append(Para("Sổ theo dõi khó khăn, vướng mắc không có mục nào trong kỳ."))
    else:
        late = [o for o in still if o.overdue]
        found.append(
            Para(
                f"Sổ theo dõi có {len(report.obstacles)} khó khăn, vướng mắc trong kỳ, {len(still)} chưa giải quyết "
                f"xong, trong đó {len(late)} quá hạn."
            )
        )
        found.append(obstacle_table("obstacles", "Bảng 3. Khó khăn, vướng mắc", report.obstacles))
        if late:
            found.append(obstacle_table("overdue", "Bảng 4. Khó khăn, vướng mắc quá hạn", late))
    return found + _field(report, "obstacles", "Không có bổ sung.")


def obstacle_table(key: str, caption: str, rows: Sequence[ObstacleRow]) -> PaperTable:
    """Return obstacles in short; the annex has the rest of each."""
    head = ["Mã", "Ngày mở", "Loại", "Nội dung", "Hỏi ai", "Hạn", "Trạng thái"]
    cells = [
        [o.obstacle_id, w.day(o.opened), w.KINDS[o.kind], o.text.replace("\n", " "), o.asked_of or "–", w.day(o.due),
         w.STATES[o.state]]
        for o in rows
    ]  # fmt: skip
    return PaperTable(key, caption, head, cells, (10, 13, 11, 30, 13, 13, 10), left=7)


def _proposals(report: PeriodicReport) -> list[Block]:
    asked = [
        Para(f"{o.obstacle_id}{f' (gửi {o.asked_of})' if o.asked_of else ''}: {o.proposal}".replace("\n", " "))
        for o in report.obstacles
        if o.proposal and o.state not in ("solved", "closed")
    ]
    return [*asked, *_field(report, "proposals", "Không có bổ sung." if asked else "Không có kiến nghị.")]


def _next(report: PeriodicReport) -> list[Block]:
    return _field(report, "next_plan", "Tiếp tục vận hành theo kế hoạch đã được phê duyệt.")
