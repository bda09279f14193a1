"""The tables of a dataset and each field: the one definition that files, metadata and dictionary come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from amr_fleet.sandbox.rows import Head
from amr_fleet.vocabulary import ALARM_CODES, MISSION_KINDS, Role

FieldType = Literal["string", "integer", "number", "boolean", "datetime"]
SourceKind = Literal["journal", "tracks", "camera", "reckoned", "entered"]

ORDER_ENDS: Final = ("DONE", "CANCELLED", "FAILED", "OPEN")
PLACE_KINDS: Final = ("dock", "block", "rack", "crossdock", "gate", "other")
MISSION_RESULTS: Final = (
    "arrived", "called off", "cancelled now", "cancelled", "cannot be continued", "cannot be started", "failed",
    "finished", "found done", "refused", "robot in error", "robot lost", "robot offline", "robot restarted",
    "taken out", "other", "open",
)  # fmt: skip
ZONE_SOURCES: Final = ("camera", "person", "system")
COUNT_PATTERN: Final = r"^(0|<5|[5-9]|[1-9][0-9]+)$"
ACTIONS: Final = (
    "alarm_acked", "order_changed", "order_cancelled", "order_held", "order_released", "order_reassigned",
    "robot_paused", "robot_resumed", "robot_released", "robot_integration", "robot_relocalised", "zone_set",
    "zone_cleared", "cargo_held", "cargo_released",
)  # fmt: skip
"""What a person can be seen to do in the journal; nobody is named, see `anonymise`."""


@dataclass(frozen=True)
class TableField:
    """One column. unit: UCUM-like ("m", "s", "1"), "" = none; allowed: the closed list; null: may be empty."""

    name: str
    type: FieldType
    vi: str
    en: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    source: SourceKind = "journal"
    null: bool = False
    least: float | None = None


@dataclass(frozen=True)
class DataTable:
    """One table. key: columns that name a row; people: its rows are about people and have been generalised."""

    name: str
    vi: str
    en: str
    fields: tuple[TableField, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [field.name for field in self.fields]


def _text(name: str, vi: str, en: str, **more: object) -> TableField:
    return TableField(name, "string", vi, en, **more)  # type: ignore[arg-type]


def _time(name: str, vi: str, en: str, **more: object) -> TableField:
    return TableField(name, "datetime", vi, en, **more)  # type: ignore[arg-type]


def _number(name: str, unit: str, vi: str, en: str, **more: object) -> TableField:
    return TableField(name, "number", vi, en, unit, **more)  # type: ignore[arg-type]


def _count(name: str, vi: str, en: str, **more: object) -> TableField:
    return TableField(name, "integer", vi, en, "1", least=0, **more)  # type: ignore[arg-type]


ORIGIN: Final = _text(
    "origin", "Nguồn gốc: sim = mô phỏng, real = đo thật", "Where it comes from: sim = simulated, real = measured",
    allowed=("sim", "real"), source="reckoned",
)  # fmt: skip
_ROBOT = _text("robot", "Tên robot", "Name of the robot")
_ROBOT_OR_NONE = _text("robot", "Tên robot; trống = không có", "Name of the robot; empty = none", null=True)
_ORDER_OR_NONE = _text("order", "Mã lệnh (giả danh); trống = không có", "Order (pseudonym); empty = none", null=True)

ORDERS: Final = DataTable(
    "orders", "Lệnh vận chuyển: tạo ra, còn mở hoặc kết thúc trong kỳ",
    "Transport orders that were created, were open or ended in the period",
    (
        _text("order", "Mã lệnh (giả danh)", "Order (pseudonym)"),
        _time("created", "Lúc tạo lệnh", "When it was created"),
        _time("released", "Lúc lệnh được phép bắt đầu", "When it was allowed to start"),
        _time("assigned", "Lúc giao cho robot lần đầu", "When a robot got it first", null=True),
        _time("picked", "Lúc robot nhận hàng", "When the robot had the load", null=True),
        _time("ended", "Lúc kết thúc", "When it ended", null=True),
        _text("state", "Kết quả; OPEN = còn mở cuối kỳ", "How it ended; OPEN = still open at the end",
              allowed=ORDER_ENDS),
        _text("pick_place", "Nơi lấy hàng", "Where the load was taken"),
        _text("drop_place", "Nơi giao hàng", "Where the load was to go"),
        _text("pick_kind", "Loại nơi lấy hàng", "Kind of the place of picking", allowed=PLACE_KINDS),
        _text("drop_kind", "Loại nơi giao hàng", "Kind of the place of dropping", allowed=PLACE_KINDS),
        TableField("priority", "integer", "Mức ưu tiên, -1000 đến 1000", "Priority, -1000 to 1000", "1"),
        _time("deadline", "Hạn giao; trống = không có", "Deadline; empty = none", null=True),
        TableField("on_time", "boolean", "Đúng hạn; trống = không có hạn hoặc chưa xong",
                   "In time; empty = no deadline, or not ended", source="reckoned", null=True),
        _text("cargo_kind", "Loại hàng", "Kind of cargo",
              allowed=("pallet", "lot", "container", "other", "unknown")),
        _text("load", "Kiện hàng (giả danh)", "Load (pseudonym)", null=True),
        _text("lot", "Lô hàng (giả danh)", "Lot (pseudonym)", null=True),
        _text("container", "Công-te-nơ (giả danh)", "Container (pseudonym)", null=True),
        _text("customer", "Khách hàng (giả danh; khách hiếm gộp thành other)",
              "Customer (pseudonym; rare ones merged as other)", null=True),
        _ROBOT_OR_NONE,
        _count("attempts", "Số lần xếp dỡ không thành", "Load actions that failed"),
        _number("service", "s", "Thời gian phục vụ: kết thúc trừ lúc được phép bắt đầu",
                "Service time: end minus release", source="reckoned", null=True, least=0),
        ORIGIN,
    ),
    ("order",),
)  # fmt: skip

MISSIONS: Final = DataTable(
    "missions", "Chuyến đi của robot: bắt đầu trong kỳ", "Missions of robots that began in the period",
    (
        _text("mission", "Mã chuyến (giả danh)", "Mission (pseudonym)"),
        _text("kind", "Loại chuyến", "What for", allowed=MISSION_KINDS),
        _ROBOT, _ORDER_OR_NONE,
        _text("goal", "Nút đích trên sơ đồ", "Node that it goes to"),
        _time("started", "Lúc bắt đầu", "When it began"),
        _time("ended", "Lúc kết thúc", "When it ended", null=True),
        _count("retargets", "Số lần đổi đích", "How often it got another goal"),
        _text("result", "Kết thúc thế nào", "How it ended", allowed=MISSION_RESULTS),
        ORIGIN,
    ),
    ("mission",),
)  # fmt: skip

_USES = {
    "loaded": ("chở hàng", "driving with a load or handling it"), "empty": ("chạy rỗng", "driving empty"),
    "wait": ("chờ", "waiting, all causes"), "wait_traffic": ("chờ robot khác", "waiting for another robot"),
    "charge": ("sạc", "charging"), "fault": ("hỏng", "in fault"), "paused": ("tạm dừng", "paused"),
    "offline": ("mất liên lạc", "offline"), "idle": ("rảnh", "idle"),
}  # fmt: skip
ROBOT_TIME: Final = DataTable(
    "robot_time", "Robot dùng thời gian vào việc gì, mỗi dòng 300 giây một robot",
    "What robots' time went into, a row for each robot and 300 s",
    (
        _ROBOT, _time("begin", "Từ lúc", "From"), _time("end", "Đến lúc", "To"),
        *(_number(name, "s", f"Thời gian {vi}", f"Time {en}", least=0) for name, (vi, en) in _USES.items()),
        _number("metres", "m", "Quãng đường", "Way driven", least=0),
        _number("metres_loaded", "m", "Quãng đường có hàng", "Way driven with a load", least=0),
        _number("soc_min", "1", "Mức pin thấp nhất, 0 đến 1", "Lowest state of charge, 0 to 1", least=0),
        _number("soc_used", "1", "Pin đã dùng, phần của đầy pin", "Battery used, share of a full one", least=0),
        _count("halts", "Số lần dừng vì người, xe, vật cản", "Halts for people, vehicles, obstacles"),
        _count("protective_stops", "Số lần dừng bảo vệ", "Protective stops"),
        _count("emergency_stops", "Số lần dừng khẩn cấp", "Emergency stops"),
        ORIGIN,
    ),
    ("robot", "end"),
)  # fmt: skip

TRACKS: Final = DataTable(
    "robot_tracks_1hz", "Vị trí robot mỗi giây (không có người)", "Where robots were, once a second (no people)",
    (
        _time("t", "Thời điểm", "When", source="tracks"), _ROBOT,
        _number("x", "m", "Hướng đông, hệ toạ độ bản đồ", "East, in the map's frame", source="tracks"),
        _number("y", "m", "Hướng bắc, hệ toạ độ bản đồ", "North, in the map's frame", source="tracks"),
        _number("theta", "rad", "Hướng của robot, ngược chiều kim đồng hồ từ hướng đông",
                "Heading, counter-clockwise from east", source="tracks"),
        _text("status", "Trạng thái", "Status", source="tracks",
              allowed=("OFFLINE", "ERROR", "CHARGING", "BUSY", "PARKING", "IDLE", "other")),
        TableField("loaded", "boolean", "Đang chở hàng", "Has a load", source="tracks"),
        _number("soc", "1", "Mức pin, 0 đến 1", "State of charge, 0 to 1", source="tracks", least=0),
        ORIGIN,
    ),
)  # fmt: skip

DOCKING: Final = DataTable(
    "docking", "Độ chính xác khi vào vị trí lấy, giao hàng", "How exactly robots stood when a load changed hands",
    (
        _time("t", "Thời điểm", "When"), _ROBOT, _text("order", "Mã lệnh (giả danh)", "Order (pseudonym)"),
        _text("action", "Lấy hay giao hàng", "Picking or dropping", allowed=("pick", "drop")),
        _text("place", "Nơi lấy hoặc giao", "Place"),
        _number("off", "m", "Lệch vị trí, theo robot tự định vị", "Off the station, by its own localisation", least=0),
        _number("turn", "deg", "Lệch góc, theo robot tự định vị", "Turned off, by its own localisation"),
        ORIGIN,
    ),
)  # fmt: skip

ALARMS: Final = DataTable(
    "alarms", "Cảnh báo phát ra trong kỳ", "Alarms that were raised in the period",
    (
        _text("alarm", "Mã cảnh báo (giả danh)", "Alarm (pseudonym)"),
        _text("code", "Loại cảnh báo", "Which alarm", allowed=(*ALARM_CODES, "other")),
        _ROBOT_OR_NONE, _ORDER_OR_NONE,
        _time("raised", "Lúc phát ra", "When it was raised"),
        _time("cleared", "Lúc hết; trống = còn mở, hoặc một người đã xoá",
              "When it ended; empty = still open, or a person ended it", null=True),
        ORIGIN,
    ),
    ("alarm",),
)  # fmt: skip

ZONES: Final = DataTable(
    "zones", "Hạn chế khu vực bắt đầu trong kỳ", "Restrictions of areas that began in the period",
    (
        _text("zone", "Mã hạn chế (giả danh)", "Restriction (pseudonym)"),
        _text("kind", "Cách hạn chế", "What kind", allowed=("closed", "hold", "slow")),
        _text("source", "Ai đặt", "Who set it", allowed=ZONE_SOURCES, source="reckoned"),
        _text("code", "Vì sao", "Why", allowed=("camera.person", "camera.vehicle", "camera.blind", "other")),
        _number("max_speed", "m/s", "Tốc độ tối đa, với slow", "Top speed, for slow", null=True, least=0),
        _time("begin", "Bắt đầu; do người đặt thì làm tròn xuống giờ", "Begin; to the hour where a person set it"),
        _number("seconds", "s", "Kéo dài; trống = còn hiệu lực hoặc do người đặt",
                "How long; empty = still in force, or a person set it", source="reckoned", null=True, least=0),
        ORIGIN,
    ),
    ("zone",),
)  # fmt: skip

CAMERA_COUNTS: Final = DataTable(
    "camera_counts", "Số người và xe nhiều nhất cùng lúc, mỗi khu vực và 15 phút; 1 đến 4 người ghi <5",
    "Most people and vehicles at once, for each zone and 15 min; 1 to 4 people are <5",
    (
        _text("zone", "Khu vực camera nhìn", "Zone that the camera looks at", source="camera"),
        _time("begin", "Bắt đầu của 15 phút", "Begin of the 15 min", source="camera"),
        _text("people", "Số người nhiều nhất cùng lúc", "Most people at once", unit="1", pattern=COUNT_PATTERN,
              source="camera"),
        _count("vehicles", "Số xe nhiều nhất cùng lúc", "Most vehicles at once", source="camera"),
        _count("pictures", "Số ảnh đã xem", "Pictures looked at", source="camera"),
        ORIGIN,
    ),
    ("zone", "begin"),
)  # fmt: skip

CONDITION_HEADS: Final[tuple[str, ...]] = get_args(Head)
CONDITION_UNITS: Final = ("", "1", "lx", "°C", "C", "K", "%", "m/s", "Pa", "hPa", "dB", "dBm", "ppm", "mm", "ms", "V/m")

CONDITIONS: Final = DataTable(
    "conditions", "Điều kiện môi trường theo ASTM F3218 (trống khi không ai ghi)",
    "Conditions by the heads of ASTM F3218 (empty when nobody recorded any)",
    (
        _time("t", "Thời điểm; người ghi thì làm tròn xuống giờ", "When; to the hour where a person noted it",
              source="entered"),
        _text("zone", "Khu vực", "Zone", source="entered"),
        _text("head", "Loại điều kiện", "Which condition", source="entered",
              allowed=CONDITION_HEADS),
        _number("value", "", "Giá trị", "Value", source="entered"),
        _text("unit", "Đơn vị", "Unit", source="entered", null=True, allowed=(*CONDITION_UNITS[1:], "other")),
        _text("source", "Cảm biến hay người", "Sensor or person", source="entered", allowed=("sensor", "person")),
        ORIGIN,
    ),
)  # fmt: skip

ENERGY: Final = DataTable(
    "energy", "Năng lượng mỗi robot mỗi giờ", "Energy of each robot and hour",
    (
        _ROBOT, _time("begin", "Bắt đầu của giờ", "Begin of the hour"),
        _number("soc_used", "1", "Pin đã dùng, phần của đầy pin", "Battery used, share of a full one", least=0),
        _number("energy", "Wh", "Năng lượng đã dùng, theo dung lượng danh định", "Energy used, by the nominal capacity",
                source="reckoned", null=True, least=0),
        _number("soc_min", "1", "Mức pin thấp nhất", "Lowest state of charge", least=0),
        _number("charge", "s", "Thời gian sạc", "Time charging", least=0),
        ORIGIN,
    ),
    ("robot", "begin"),
)  # fmt: skip

INTERVENTIONS: Final = DataTable(
    "interventions", "Người đã can thiệp gì: tổng quát hoá cho k ≥ 5, l ≥ 2", 
    "What people did: generalised to k >= 5, l >= 2",
    (
        _text("action", "Việc đã làm", "What was done", allowed=ACTIONS),
        _text("shift", "Ca 1, 2, 3; * = đã ẩn", "Shift 1, 2, 3; * = hidden", allowed=("1", "2", "3", "*"),
              source="reckoned"),
        _text("zone", "Loại nơi; * = đã ẩn", "Kind of place; * = hidden", allowed=(*PLACE_KINDS, "*"),
              source="reckoned"),
        _text("window", "Khoảng thời gian; * = đã ẩn", "Stretch of time; * = hidden", source="reckoned"),
        _text("role", "Vai trò; * = đã ẩn", "Role; * = hidden", source="reckoned",
              allowed=(*get_args(Role), "unknown", "*")),
        ORIGIN,
    ),
)  # fmt: skip

TABLES: Final[Mapping[str, DataTable]] = {
    table.name: table
    for table in (
        ORDERS, MISSIONS, ROBOT_TIME, TRACKS, DOCKING, ALARMS, ZONES, CAMERA_COUNTS, CONDITIONS, ENERGY, INTERVENTIONS,
    )
}  # fmt: skip

DICTIONARY_COLUMNS: Final = ("table", "field", "type", "unit", "vi", "en", "allowed", "source kind")


def dictionary(tables: Sequence[DataTable] = tuple(TABLES.values())) -> Iterator[tuple[str, ...]]:
    """Yield the rows of dictionary.csv, by DICTIONARY_COLUMNS."""
    for table in tables:
        for field in table.fields:
            allowed = field.pattern or " | ".join(field.allowed)
            yield table.name, field.name, field.type, field.unit, field.vi, field.en, allowed, field.source
