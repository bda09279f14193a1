"""The chapters of ho-so.pdf in Vietnamese: what the files of a dossier say, in the order of trial reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from amr_fleet.report.texts import TEXTS

Chapter = dict[str, Any]
STATES: Final = {
    "draft": "bản thảo", "submitted": "đã trình", "approved": "đã duyệt", "running": "đang chạy",
    "suspended": "bị đình chỉ", "ended": "đã kết thúc", "revoked": "bị thu hồi", "expired": "hết hạn",
}  # fmt: skip
RULES: Final = {
    "area": "ra ngoài khu vực", "forbidden": "vào chỗ cấm", "speed": "quá tốc độ", "count": "quá nhiều robot cùng chạy",
    "window": "ngoài giờ", "serial": "robot không có trong giấy phép", "pose": "không biết mình ở đâu",
    "condition": "điều kiện môi trường", "supervision": "thiếu người giám sát",
}  # fmt: skip
KINDS: Final = {
    "contact": "va chạm", "near_miss": "suýt va chạm", "breach": "vượt giấy phép", "fall_of_load": "rơi hàng",
    "cyber": "an ninh mạng", "data": "dữ liệu", "fire": "cháy", "other": "khác",
}  # fmt: skip
VERDICTS: Final = {"open": "chưa đủ lần thử", "passed": "đạt", "failed": "không đạt"}
ROLES: Final = {
    "": "hệ thống", "viewer": "người xem", "authority": "cơ quan quản lý", "operator": "điều hành viên",
    "engineer": "kỹ sư", "admin": "quản trị",
}  # fmt: skip
OPERATORS: Final = {"<=": "không quá", ">=": "ít nhất", "<": "dưới", ">": "trên", "=": "bằng"}
_OTHER: Final = {"deadlock": "Kẹt đường", "robot_stopped": "Dừng khẩn cấp", "order_failed": "Đơn thất bại"}
_FIGURES: Final = {
    "created": "Đơn tạo", "done": "Đơn giao xong", "cancelled": "Đơn hủy", "failed": "Đơn thất bại",
    "open_at_end": "Đơn còn mở", "with_deadline": "Đơn có hạn", "on_time": "Giao đúng hạn", "missions": "Chuyến robot",
    "deadlocks": "Kẹt đường", "interventions": "Lần người can thiệp", "attempts_failed": "Lần bốc xếp hỏng",
    "faults": "Lần robot hỏng", "charges": "Lần sạc",
}  # fmt: skip


def document(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return title, organisation and chapters for the template."""
    d = json.loads(files["dossier.json"])
    incidents, obstacles = json.loads(files["incidents.json"]), json.loads(files["obstacles.json"])
    record = d["record"]
    chapters = [
        _identity(d), _goals(record), _site(d), _configuration(record), _cards(d), _figures(d),
        _incidents(d, incidents, obstacles), _cameras(d), _energy(d), _limits(d), _conclusion(d), _annexes(),
    ]  # fmt: skip
    people = record["participants"]
    return {
        "title": record["title"]["vi"], "organisation": people[0]["org"] if people else d["site"]["vi"],
        "chapters": chapters, "date": [int(part) for part in d["as_of"][:10].split("-")],
    }  # fmt: skip


def _chapter(title: str, *paragraphs: str, tables: Sequence[dict[str, Any]] = ()) -> Chapter:
    return {"title": title, "paragraphs": [p for p in paragraphs if p], "tables": list(tables)}


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> dict[str, Any]:
    return {"title": title, "head": list(head), "rows": [[_text(cell) for cell in row] for row in rows]}


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", ",")
    return str(value)


def _when(iso: str) -> str:
    """Return an ISO time as Vietnamese write it: 15:04 15/01/2027."""
    day, _, clock = iso.partition("T")
    year, month, date = day.split("-")
    return f"{clock[:5]} {date}/{month}/{year}"


def _identity(d: dict[str, Any]) -> Chapter:
    record, permit = d["record"], d["record"]["permit"]
    envelope = record["envelope"]
    rows = [
        ("Mã thử nghiệm", d["trial_id"]), ("Trạng thái", STATES[d["state"]]),
        ("Giấy phép số", permit["number"] or "chưa có"), ("Nơi cấp", permit["issuer"] or "chưa có"),
        ("Ngày cấp", permit["date"] or "chưa có"), ("Căn cứ", "; ".join(record["legal_basis"]) or "chưa ghi"),
        ("Địa điểm", d["site"]["vi"]),
        ("Thời hạn", f"{_when(envelope['begin'])} đến {_when(envelope['end'])}"),
        ("Cơ quan quản lý", record["authority"]["organisation"] or "chưa ghi"), ("Số liệu đến", _when(d["as_of"])),
    ]  # fmt: skip
    versions = [(v["number"], _when(v["at"]), v["user"], v["sha256"][:16]) for v in d["versions"]]
    steps = [
        (_when(s["at"]), STATES[s["before"]], STATES[s["state"]],
         " và ".join(n for n in (s["user"], s["second"]) if n) or "hệ thống", _reason(s["reason"]))
        for s in d["transitions"]
    ]  # fmt: skip
    people = [(p["org"], p["role"], p["contact"]) for p in record["participants"]]
    return _chapter(
        "Nhận dạng",
        tables=[
            _table(("Mục", "Nội dung"), rows),
            _table(("Tổ chức", "Vai trò", "Liên hệ"), people, "Các bên tham gia"),
            _table(("Phiên bản", "Lúc", "Người lưu", "Mã băm (16 ký tự đầu)"), versions, "Các phiên bản hồ sơ"),
            _table(("Lúc", "Từ", "Sang", "Ai quyết định", "Lý do"), steps, "Các quyết định"),
        ],
    )


def _reason(text: str) -> str:
    head, _, rule = text.partition("breach: ")
    return f"vượt giấy phép: {RULES.get(rule, rule)}" if rule and not head else text


def _goals(record: dict[str, Any]) -> Chapter:
    goals = [(g["vi"],) for g in record["goals"]]
    criteria = [(c["id"], c["text"]["vi"], OPERATORS[c["operator"]], c["target"]) for c in record["criteria"]]
    return _chapter(
        "Mục tiêu và tiêu chí",
        f"Lý do lựa chọn: {record['selection_note']}" if record["selection_note"] else "",
        tables=[
            _table(("Mục tiêu",), goals), _table(("Mã", "Tiêu chí", "Điều kiện", "Mức"), criteria, "Tiêu chí"),
        ],
    )  # fmt: skip


def _site(d: dict[str, Any]) -> Chapter:
    envelope = d["record"]["envelope"]
    rows = [
        ("Số vùng được chạy", len(envelope["areas"])), ("Số vùng cấm", len(envelope["forbidden"])),
        ("Tốc độ lớn nhất (m/s)", envelope["max_speed"]["all"]),
        ("Số robot chạy cùng lúc", envelope["max_robots_moving"]), ("Tải lớn nhất (kg)", envelope["max_load_kg"]),
        ("Robot tham gia", ", ".join(envelope["serials"])), ("Khung giờ trong tuần", len(envelope["windows"])),
        ("Số lần đo điều kiện môi trường", d["conditions"]),
    ]  # fmt: skip
    spans = [(_when(s["begin"]), _when(s["end"]), s["seconds"]) for s in d["running"]]
    return _chapter(
        "Địa điểm và điều kiện",
        tables=[_table(("Giới hạn", "Giá trị"), rows), _table(("Từ", "Đến", "Giây"), spans, "Thời gian đã chạy")],
    )


def _configuration(record: dict[str, Any]) -> Chapter:
    software = record["software"]
    robots = [(r["serial"], r["type"], r["firmware"]) for r in software["robots"]]
    head = ("Mã", "Nội dung", "Biện pháp", "Người phụ trách")

    def register(name: str, title: str) -> dict[str, Any]:
        return _table(head, [(r["id"], r["text"]["vi"], r["measure"], r["owner"]) for r in record[name]], title)

    return _chapter(
        "Cấu hình, rủi ro và tự đánh giá",
        f"Phiên bản phần mềm: {software['commit'] or 'chưa ghi'}",
        tables=[
            _table(("Robot", "Loại", "Phần sụn"), robots, "Robot"), register("risk_register", "Sổ rủi ro"),
            register("ai_register", "Sổ hệ thống trí tuệ nhân tạo"), register("pdp_register", "Sổ dữ liệu cá nhân"),
        ],
    )  # fmt: skip


def _cards(d: dict[str, Any]) -> Chapter:
    rows = [
        (c["id"], f"{_text(c['plan']['R'])} / {_text(c['plan']['C'])}", f"{c['n']} / {c['plan']['n']}",
         c["passed"], c["failed"], c["broken_off"], c["bound"], VERDICTS[c["state"]])
        for c in d["cards"]
    ]  # fmt: skip
    head = ("Phiếu", "Độ tin cậy / mức tin", "Lần thử", "Đạt", "Hỏng", "Bỏ dở", "Cận dưới", "Kết quả")
    note = "Cận dưới là cận một phía theo phân phối nhị thức chính xác, ở mức tin của phiếu."
    return _chapter("Phiếu thử", note, tables=[_table(head, rows)])


def _figures(d: dict[str, Any]) -> Chapter:
    rows = [(label, d["figures"][name]) for name, label in _FIGURES.items() if name in d["figures"]]
    return _chapter("Chỉ số", tables=[_table(("Chỉ số", "Giá trị"), rows)])


def _incidents(d: dict[str, Any], incidents: list[dict[str, Any]], obstacles: list[dict[str, Any]]) -> Chapter:
    breaches = [
        (_when(b["at"]), RULES[b["rule"]], b["robot"] or "không", b["value"], b["limit"]) for b in d["breaches"]
    ]  # fmt: skip
    rows = [
        (i["id"], KINDS[i["kind"]], i["severity"], _what(i), "đã đóng" if i["closed"] else "còn mở")
        for i in incidents
    ]  # fmt: skip
    seen = [(_obstacle(o["code"]), o["count"], _when(o["first"])) for o in obstacles]
    return _chapter(
        "Sự cố, lần vượt giấy phép và trở ngại",
        tables=[
            _table(("Lúc", "Điều bị vượt", "Robot", "Đo được", "Giới hạn"), breaches, "Lần vượt giấy phép"),
            _table(("Mã", "Loại", "Mức", "Việc gì", "Trạng thái"), rows, "Sự cố"),
            _table(("Trở ngại", "Số lần", "Lần đầu"), seen, "Trở ngại khi vận hành"),
        ],
    )


def _what(incident: dict[str, Any]) -> str:
    rule, _, rest = str(incident["what"]).partition(": ")
    return f"{RULES[rule]}: {rest}" if incident["kind"] == "breach" and rule in RULES else str(incident["what"])


def _obstacle(code: str) -> str:
    return _OTHER.get(code) or str(TEXTS["vi"].get(code, "Cảnh báo khác"))


def _cameras(d: dict[str, Any]) -> Chapter:
    cameras = d["record"]["envelope"]["cameras"]
    return _chapter(
        "Camera và quyền riêng tư",
        "Camera chỉ làm robot chậm lại hoặc dừng, không cho phép điều gì. Hệ thống không nhận dạng và không lưu danh "
        "tính người; hồ sơ này không có hình ảnh và không có tên người bị nạn.",
        f"Camera phải nhìn thấy khi chạy: {', '.join(cameras)}" if cameras else "Giấy phép không buộc có camera.",
    )


def _energy(d: dict[str, Any]) -> Chapter:
    energy = d["figures"].get("energy_wh")
    said = "chưa đo" if energy is None else f"{energy / 1000.0:.1f} kWh".replace(".", ",")
    return _chapter("Năng lượng, chi phí, lao động", f"Điện robot đã dùng (ước tính): {said}. Chi phí: chưa ghi.")


def _limits(d: dict[str, Any]) -> Chapter:
    return _chapter(
        "Sai lệch và giới hạn",
        "Số liệu của hồ sơ này là MÔ PHỎNG: đồng hồ vận hành không phải giờ thật, không robot thật nào đã chạy."
        if d["simulated"] else "Số liệu do robot và cảm biến báo về.",
        "Hệ thống điều phối và bộ giám sát giấy phép không phải là chức năng an toàn. Tải trọng từng kiện do người "
        "kiểm soát: đơn hàng không ghi khối lượng.",
    )  # fmt: skip


def _conclusion(d: dict[str, Any]) -> Chapter:
    open_cards = [c["id"] for c in d["cards"] if c["state"] != "passed"]
    proposal = "Đề nghị của đơn vị: kết thúc, gia hạn, điều chỉnh hoặc đình chỉ: ……………………"
    return _chapter(
        "Kết luận",
        f"Thử nghiệm {STATES[d['state']]}. Số lần vượt giấy phép: {len(d['breaches'])}. Sự cố: "
        f"{d['incidents']['total']}, còn mở {d['incidents']['open']}.",
        f"Phiếu chưa đạt: {', '.join(open_cards)}." if open_cards else "",
        proposal,
    )


def _annexes() -> Chapter:
    rows = [
        ("dossier.json", "Hồ sơ cho máy đọc, cũng đính kèm trong tệp này"),
        ("journal.jsonl.zst, checkpoints", "Nhật ký vận hành và các điểm kiểm tra đã ký"),
        ("cards, conditions.csv, incidents.json, obstacles.json", "Phiếu thử, điều kiện, sự cố, trở ngại"),
        ("evidence", "Bản ghi một phút trước và sau mỗi sự cố"),
        ("dataset-manifest.json, sbom.cdx.json", "Danh mục dữ liệu và thành phần phần mềm"),
        ("attestations, VERIFY.vi.md", "Chữ ký và cách tự kiểm tra"),
    ]  # fmt: skip
    return _chapter("Phụ lục", tables=[_table(("Tệp hoặc thư mục", "Nội dung"), rows)])
