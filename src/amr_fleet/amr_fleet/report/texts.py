"""The words of the printed report. The page has its own catalogue; paper has no browser to build sentences in."""

from __future__ import annotations

from typing import Final, Literal

from amr_fleet.report.figures import Report
from amr_fleet.report.period import Period, stamp

Lang = Literal["vi", "en"]

_VI: Final = {
    "title": "Báo cáo ca vận hành robot", "site": "Kho", "period": "Thời gian", "covered": "Có số liệu",
    "shift": "Ca {shift}", "no_shift": "Khoảng thời gian chọn", "digest": "Mã nhật ký (SHA-256)",
    "summary": "Tóm tắt", "orders": "Đơn vận chuyển", "created": "Tạo mới", "done": "Hoàn thành",
    "cancelled": "Đã hủy", "failed": "Thất bại", "open_at_end": "Còn mở cuối kỳ", "per_hour": "Hoàn thành mỗi giờ",
    "service": "Thời gian phục vụ", "allocation": "Thời gian chờ giao robot", "mean": "Trung bình",
    "ci95": "± khoảng tin cậy 95 %", "p50": "Trung vị", "p95": "95 % đơn trong", "longest": "Lâu nhất", "n": "Số lượng",
    "on_time": "Đúng hạn / đơn có hạn",
    "time": "Thời gian của robot", "loaded": "Chở hàng", "empty": "Chạy không", "wait": "Chờ", "charge": "Sạc",
    "fault": "Lỗi", "paused": "Tạm dừng", "offline": "Mất liên lạc", "idle": "Rảnh",
    "wait_share": "Tỷ lệ chờ trong giờ làm việc", "availability": "Độ sẵn sàng", "mtbf": "Giữa hai sự cố (MTBF)",
    "repair": "Thời gian khắc phục (MTTR)", "faults": "Sự cố robot", "interventions": "Lần cần người xử lý",
    "per_100_km": "Lần cần người / 100 km", "mmbi": "Nhiệm vụ giữa hai lần cần người", "missions": "Nhiệm vụ",
    "deadlocks": "Kẹt đường", "attempts_failed": "Lần lấy hoặc trả hàng hỏng", "charges": "Lần sạc",
    "technical": "Dừng, vào trạm, liên lạc, camera, hàng", "protective_stops": "Dừng bảo vệ",
    "emergency_stops": "Dừng khẩn cấp", "halts": "Dừng vì người, xe nâng, vật cản",
    "off": "Lệch vị trí ở trạm: trung bình / 95 %", "turn": "Lệch hướng ở trạm: trung bình / 95 %",
    "links_lost": "Lần mất liên lạc rồi có lại", "link_p95": "Mất liên lạc: 95 % lần trong",
    "state_age": "Tuổi tin của robot, 99 % thời gian", "camera_zones": "Lần camera giữ hoặc làm chậm robot",
    "camera_p95": "Camera giữ: 95 % lần trong", "wrong_loads": "Sai hàng / nhãn đã đọc",
    "wh_per_order": "Điện mỗi đơn",
    "metres": "Quãng đường", "metres_loaded": "Có hàng", "soc_min": "Pin thấp nhất", "soc_used": "Pin đã dùng",
    "hours": "Số đơn theo giờ", "flows": "Theo luồng hàng", "flow": "Luồng", "robots": "Theo robot", "robot": "Robot",
    "waits": "Vì sao chờ", "cause": "Nguyên nhân", "alarms": "Việc cần người xử lý", "alarm": "Việc", "count": "Số lần",
    "definitions": "Cách tính", "notes": "Ghi chú bàn giao ca", "leader": "Trưởng ca", "next_leader": "Người nhận ca",
    "page": "Trang {page}", "empty_report": "Không có số liệu trong khoảng thời gian này.", "share": "Tỷ lệ",
    "dock": "Cửa xuất nhập", "block": "Khối hàng", "rack": "Dãy kệ", "crossdock": "Sàn trung chuyển",
    "gate": "Cổng bãi",
    "minute": "phút", "hour": "giờ", "kilometre": "km", "second": "giây", "figure": "Chỉ số", "value": "Giá trị",
    "wait.traffic": "Chờ robot khác", "wait.station": "Chờ chỗ trống ở nơi lấy, trả",
    "wait.person": "Nhường người", "wait.vehicle": "Nhường xe nâng", "wait.obstacle": "Vật cản",
    "wait.paused": "Tạm dừng theo lệnh", "wait.unload": "Chờ dỡ hàng bằng tay", "wait.charger": "Chờ trạm sạc",
    "wait.load_on_board": "Còn hàng trên robot", "wait.e_stop": "Dừng khẩn cấp", "wait.zone": "Chờ khu vực đóng",
    "wait.lift": "Chờ thang máy", "wait.conveyor": "Chờ băng tải",
    "wait.no_return": "Đường về bị chặn",
    "wait.door": "Chờ cửa", "wait.fire": "Báo cháy", "wait.site_version": "Bản đồ khác máy chủ",
    "wait.release": "Chờ người cho chạy lại", "wait.error": "Robot hỏng", "wait.alarm": "Chờ người nhận cảnh báo",
    "wait.safety_overdue": "Quá hạn kiểm tra an toàn",
    "wait.standing": "Đứng yên không rõ lý do", "wait.robot": "Chờ robot rảnh", "wait.promised": "Chờ robot đã hẹn",
    "wait.battery": "Robot đang sạc", "wait.no_robot": "Không robot nào nhận được đơn",
    "wait.payload": "Không robot nào đủ sức chở",
    "wait.load_type": "Không robot nào chở được loại kiện này",
    "robot.lost": "Robot mất vị trí", "robot.offline": "Robot mất liên lạc",
    "wait.wanted_robot": "Chờ robot đã chọn", "wait.held": "Đơn bị giữ lại", "wait.customs": "Hải quan giữ hàng",
    "wait.earliest": "Chưa đến giờ bắt đầu",
    "wait.trial": "Giấy phép chưa cho chạy", "alarm.trial_suspended": "Thử nghiệm bị đình chỉ",
    "alarm.robot_error": "Robot báo lỗi", "alarm.robot_offline": "Robot mất liên lạc",
    "alarm.not_localized": "Robot mất vị trí", "alarm.e_stop": "Dừng khẩn cấp", "alarm.blocked": "Robot bị chặn lâu",
    "alarm.clock": "Đồng hồ lệch", "alarm.cmd_vel": "Hai nguồn lệnh lái", "alarm.robot_twice": "Hai robot trùng tên",
    "alarm.network": "Cả mạng mất liên lạc", "alarm.one_way": "Robot không nghe máy chủ",
    "alarm.robot_restarted": "Robot khởi động lại", "alarm.address": "Robot đổi địa chỉ mạng",
    "alarm.safety_overdue": "Quá hạn bảo dưỡng về an toàn",
    "alarm.site_version": "Bản đồ khác máy chủ", "alarm.order_refused": "Robot từ chối lệnh",
    "alarm.second_fleet": "Hai hệ thống điều phối", "alarm.storage": "Không ghi được dữ liệu",
    "alarm.internal": "Phần mềm có lỗi", "alarm.order_aside": "Đơn bị giữ lại vì lỗi phần mềm",
    "alarm.low_battery": "Pin yếu, chưa có trạm sạc", "alarm.battery_silent": "Pin không báo mức điện",
    "alarm.load_on_board": "Hàng không có đơn trên robot",
    "alarm.load_wrong": "Hàng không đúng", "alarm.load_damaged": "Hàng hư hỏng",
    "alarm.order_late": "Đơn sẽ trễ hạn", "alarm.order_failed": "Đơn thất bại", "alarm.deadlock": "Kẹt đường",
    "alarm.conveyor": "Băng tải không trả lời",
    "alarm.lift": "Thang máy không đến", "alarm.lift_held": "Robot kẹt trong thang máy",
    "alarm.door": "Cửa không trả lời", "alarm.fire": "Báo cháy",
    "alarm.flight_link": "Mất liên lạc với máy bay", "alarm.flight_fence": "Máy bay ra ngoài vùng bay",
    "alarm.flight_battery": "Máy bay về vì pin", "alarm.flight_position": "Máy bay mất vị trí",
    "alarm.flight_wind": "Máy bay về vì gió", "alarm.flight_people": "Có người dưới vùng bay",
    "alarm.flight_permit": "Hết hạn phép bay", "alarm.flight_fire": "Máy bay về vì báo cháy",
    "alarm.flight_down": "Máy bay xuống ngoài bãi đáp", "alarm.flight_stray": "Máy bay bay ngoài chuyến",
    "alarm.door_held": "Robot đứng trong lối cửa",
    "alarm.camera_no_pictures": "Camera không gửi hình", "alarm.camera_bad_picture": "Hình camera không dùng được",
    "alarm.camera_wrong_size": "Hình camera sai kích thước",
    "alarm.camera_not_calibrated": "Camera chưa hiệu chuẩn", "alarm.camera_late": "Hình camera trễ",
    "alarm.camera_frozen": "Hình camera đứng yên", "alarm.camera_dark": "Camera quá tối",
    "alarm.camera_dazzled": "Camera bị chói", "alarm.camera_covered": "Camera bị che",
    "alarm.camera_blurred": "Camera mất nét", "alarm.camera_dirty": "Ống kính bẩn",
    "alarm.camera_turned": "Camera bị xoay", "alarm.camera_detector": "Bộ nhận dạng của camera lỗi",
    "alarm.camera_silent": "Camera không gửi tin", "alarm.camera_unheard": "Camera chưa gửi tin từ đầu",
    "alarm.camera_held": "Camera giữ đường quá lâu", "alarm.camera_refused": "Vùng camera giữ không được nhận",
    "def.service": "Thời gian phục vụ: từ lúc đơn được phép làm đến lúc trả hàng xong; phân vị theo thứ hạng gần nhất.",
    "def.wait": "Tỷ lệ chờ: thời gian chờ chia cho thời gian chở hàng, chạy không và chờ.",
    "def.available": "Độ sẵn sàng: phần thời gian robot có liên lạc và không lỗi. MTBF: thời gian tốt chia số sự cố.",
    "def.people": "Cần người xử lý: mỗi cảnh báo được ghi trong nhật ký tính một lần.",
    "def.docking": "Lệch ở trạm: theo định vị của chính robot khi hàng đổi chỗ; không phải phép đo từ bên ngoài.",
}  # fmt: skip

_EN: Final = {
    "title": "Robot shift report", "site": "Site", "period": "Period", "covered": "Data from",
    "shift": "Shift {shift}", "no_shift": "Chosen period", "digest": "Journal (SHA-256)",
    "summary": "Summary", "orders": "Transport orders", "created": "Created", "done": "Delivered",
    "cancelled": "Cancelled", "failed": "Failed", "open_at_end": "Open at the end", "per_hour": "Delivered per hour",
    "service": "Service time", "allocation": "Time to a robot", "mean": "Mean",
    "ci95": "± 95 % interval", "p50": "Median", "p95": "95 % within", "longest": "Longest", "n": "Count",
    "on_time": "On time / with a deadline",
    "time": "Robot time", "loaded": "Loaded", "empty": "Empty", "wait": "Waiting", "charge": "Charging",
    "fault": "Fault", "paused": "Paused", "offline": "Offline", "idle": "Idle",
    "wait_share": "Waiting share of working time", "availability": "Availability", "mtbf": "Between failures (MTBF)",
    "repair": "Time to repair (MTTR)", "faults": "Robot faults", "interventions": "Needed a person",
    "per_100_km": "Needed a person / 100 km", "mmbi": "Missions between interventions", "missions": "Missions",
    "deadlocks": "Deadlocks", "attempts_failed": "Failed picks or drops", "charges": "Charges",
    "technical": "Stops, docking, links, cameras, loads", "protective_stops": "Protective stops",
    "emergency_stops": "Emergency stops", "halts": "Halts before people, forklifts, obstacles",
    "off": "Off the station: mean / 95 %", "turn": "Turned at the station: mean / 95 %",
    "links_lost": "Links lost and back", "link_p95": "Link lost: 95 % within",
    "state_age": "Age of robots' states, 99 % of the time", "camera_zones": "Cameras held or slowed robots",
    "camera_p95": "Cameras held: 95 % within", "wrong_loads": "Wrong loads / labels read",
    "wh_per_order": "Energy per order",
    "metres": "Distance", "metres_loaded": "Loaded", "soc_min": "Lowest battery", "soc_used": "Battery used",
    "hours": "Orders by hour", "flows": "By flow", "flow": "Flow", "robots": "By robot", "robot": "Robot",
    "waits": "Why robots waited", "cause": "Cause", "alarms": "What needed a person", "alarm": "What", "count": "Count",
    "definitions": "Definitions", "notes": "Hand-over notes", "leader": "Shift leader", "next_leader": "Taken over by",
    "page": "Page {page}", "empty_report": "There are no figures in this period.", "share": "Share",
    "dock": "Dock door", "block": "Block", "rack": "Rack", "crossdock": "Cross-dock", "gate": "Gate",
    "minute": "min", "hour": "h", "kilometre": "km", "second": "s", "figure": "Figure", "value": "Value",
    "wait.traffic": "Another robot", "wait.station": "No free station",
    "wait.person": "A person", "wait.vehicle": "A forklift", "wait.obstacle": "An obstacle",
    "wait.paused": "Paused by order", "wait.unload": "Unloading by hand", "wait.charger": "No free charger",
    "wait.load_on_board": "Load left on board", "wait.e_stop": "Emergency stop", "wait.zone": "Closed zone",
    "wait.lift": "Waiting for a lift", "wait.conveyor": "Waiting for a conveyor",
    "wait.no_return": "No way back",
    "wait.door": "Door not open", "wait.fire": "Fire alarm", "wait.site_version": "Other site files",
    "wait.release": "Waits for a person's release", "wait.error": "Robot out of order",
    "wait.alarm": "Alarm not taken", "wait.safety_overdue": "Past its safety check",
    "wait.standing": "Stands, unexplained", "wait.robot": "No robot free",
    "wait.promised": "Promised robot", "wait.battery": "Robots charge", "wait.no_robot": "No robot able",
    "wait.payload": "Too heavy for the robots at work",
    "wait.load_type": "No robot at work carries this type of load",
    "robot.lost": "Robot does not know where it is", "robot.offline": "Robot is silent",
    "wait.wanted_robot": "Waits for the robot that was chosen", "wait.held": "Order held back",
    "wait.customs": "Customs hold the load", "wait.earliest": "Not to start yet",
    "wait.trial": "Permit does not allow it", "alarm.trial_suspended": "Trial suspended",
    "alarm.robot_error": "Robot error", "alarm.robot_offline": "Robot offline",
    "alarm.not_localized": "Robot lost its place", "alarm.e_stop": "Emergency stop", "alarm.blocked": "Robot blocked",
    "alarm.clock": "Clock off", "alarm.cmd_vel": "Two sources of commands", "alarm.robot_twice": "Robot name twice",
    "alarm.network": "Network silent", "alarm.one_way": "Robot does not hear the server",
    "alarm.robot_restarted": "Robot restarted", "alarm.address": "Robot changed its address",
    "alarm.safety_overdue": "Safety work order overdue",
    "alarm.site_version": "Other site files", "alarm.order_refused": "Robot refuses orders",
    "alarm.second_fleet": "Second fleet manager", "alarm.storage": "Nothing can be written",
    "alarm.internal": "Fault in the software", "alarm.order_aside": "Order set aside, fault in the software",
    "alarm.low_battery": "Low battery, no charger", "alarm.battery_silent": "Battery says nothing",
    "alarm.load_on_board": "Load without an order on a robot",
    "alarm.load_wrong": "Wrong load", "alarm.load_damaged": "Damaged load",
    "alarm.order_late": "Order will be late", "alarm.order_failed": "Order failed", "alarm.deadlock": "Deadlock",
    "alarm.conveyor": "Conveyor does not answer",
    "alarm.lift": "Lift does not come", "alarm.lift_held": "Robot stuck in a lift",
    "alarm.door": "Door does not answer", "alarm.fire": "Fire alarm",
    "alarm.flight_link": "Aircraft not heard", "alarm.flight_fence": "Aircraft left its volume",
    "alarm.flight_battery": "Aircraft came home: battery", "alarm.flight_position": "Aircraft lost its position",
    "alarm.flight_wind": "Aircraft came home: wind", "alarm.flight_people": "People below a flight",
    "alarm.flight_permit": "Permit to fly ended", "alarm.flight_fire": "Aircraft came home: fire alarm",
    "alarm.flight_down": "Aircraft came down off its pad", "alarm.flight_stray": "Aircraft flew without a flight",
    "alarm.door_held": "Robot stands in a doorway",
    "alarm.camera_no_pictures": "Camera without pictures", "alarm.camera_bad_picture": "Camera pictures unusable",
    "alarm.camera_wrong_size": "Camera picture of wrong size",
    "alarm.camera_not_calibrated": "Camera not calibrated", "alarm.camera_late": "Camera pictures late",
    "alarm.camera_frozen": "Camera picture frozen", "alarm.camera_dark": "Camera in the dark",
    "alarm.camera_dazzled": "Camera dazzled", "alarm.camera_covered": "Camera covered",
    "alarm.camera_blurred": "Camera out of focus", "alarm.camera_dirty": "Camera lens dirty",
    "alarm.camera_turned": "Camera turned", "alarm.camera_detector": "Camera's detector fails",
    "alarm.camera_silent": "Camera silent", "alarm.camera_unheard": "Camera never heard",
    "alarm.camera_held": "Camera holds robots for long", "alarm.camera_refused": "Camera's hold not taken",
    "def.service": "Service time: from the order's release to its delivery; percentiles are nearest-rank.",
    "def.wait": "Waiting share: waiting divided by loaded, empty and waiting time.",
    "def.available": "Availability: share of time with a link and no fault. MTBF: up time divided by faults.",
    "def.people": "Needed a person: every alarm in the journal counts once.",
    "def.docking": "Off the station: by the robot's own localisation, not measured from outside.",
}  # fmt: skip

TEXTS: Final[dict[Lang, dict[str, str]]] = {"vi": _VI, "en": _EN}


class ReportTexts:
    """Texts and number formats of one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._texts = TEXTS[lang]

    def __call__(self, key: str, **facts: object) -> str:
        """Return a text; an unknown code (of a newer program) is shown as it is."""
        return self._texts.get(key, key).format_map(facts) if facts else self._texts.get(key, key)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with the language's separators, a dash for None."""
        if value is None:
            return "–"
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.lang == "vi" else text

    def percent(self, value: float | None) -> str:
        """Return a share 0..1 in percent."""
        return "–" if value is None else f"{self.number(100.0 * value, 1)} %"

    def duration(self, seconds: float | None) -> str:
        """Return seconds as s, min or h."""
        if seconds is None:
            return "–"
        if seconds < 60.0:
            return f"{self.number(seconds)} {self('second')}"
        if seconds < 7200.0:
            return f"{self.number(seconds / 60.0, 1)} {self('minute')}"
        return f"{self.number(seconds / 3600.0, 1)} {self('hour')}"

    def period(self, period: Period) -> str:
        """Return begin and end."""
        return f"{stamp(period.begin)} – {stamp(period.end)}"

    def site(self, report: Report) -> str:
        """Return the site's name."""
        return report.name_vi if self.lang == "vi" else report.name_en

    def shift(self, period: Period) -> str:
        """Return which shift it is."""
        return self("shift", shift=period.shift) if period.shift else self("no_shift")

    @staticmethod
    def robot(name: str) -> str:
        """Return a robot's name as people write it."""
        return name.upper().replace("_", "-")
