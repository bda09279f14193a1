"""The words of the record of a count, and why a flight was not flown to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amr_fleet.report.texts import Lang

_VI: Final = {
    "title": "Biên bản kiểm kê bằng máy bay", "site": "Kho", "flight": "Chuyến bay", "places": "Dãy kệ",
    "flown": "Bay lúc", "pilot": "Người điều khiển", "user": "Người lập", "state": "Kết thúc",
    "again": "Xem lại chuyến",
    "DONE": "bay xong", "ABORTED": "bỏ dở", "CANCELLED": "đã hủy", "cells": "Ô đã đọc",
    "read": "{read} / {cells} ô: {label} có hàng, {empty} trống, {unreadable} không đọc được nhãn",
    "differences": "Chênh lệch so với sổ hàng", "none": "Sổ và kệ khớp nhau ở các ô đã đọc.",
    "levels": "Tầng", "all": "tất cả",
    "part": "Chỉ đếm các tầng đã ghi: ở dãy còn tầng khác, hàng thiếu không được tìm.",
    "left": "Ô không được đọc", "why": "Vì sao",
    "kind": "Loại", "load": "Mã kiện (SSCC)", "booked": "Sổ ghi ở", "found": "Thấy ở", "seen": "Đọc lúc",
    "order": "Đơn đã lập", "photo": "Ảnh", "checked": "Người đã xem",
    "refused": "không lập được", "unsure": "chưa chắc",
    "misplaced": "Sai chỗ", "missing": "Thiếu", "not_in_book": "Không có trong sổ",
    "unreadable": "Không đọc được nhãn", "unseen": "Chưa thấy",
    "by_place": "Sổ ghi hàng theo dãy: hai kiện đổi chỗ cho nhau trong cùng một dãy không phải là chênh lệch. "
                "Ảnh: tám ký tự đầu mã SHA-256; xem trên trang chuyến bay trong 7 ngày, từ điều hành viên trở lên.",
    "signs": "Người điều khiển bay|Thủ kho|Người xem lại tại chỗ", "name": "(ký, ghi rõ họ tên, ngày)",
    "page": "Trang {page}",
    "flight.called_off": "điều hành viên cho dừng", "flight.recovered": "đã có người xác nhận đưa máy bay ra",
    "flight.robot_under": "robot còn ở dưới vùng bay",
    "flight.no_take_off": "máy bay không cất cánh", "flight.not_landed": "máy bay đã ở trên không",
    "flight.off_pad": "máy bay xuống ngoài bãi đáp", "alarm.flight_link": "mất liên lạc với máy bay",
    "alarm.flight_fence": "máy bay ra ngoài vùng bay", "alarm.flight_battery": "pin chỉ còn đủ bay về",
    "alarm.flight_position": "máy bay mất vị trí", "alarm.flight_wind": "gió quá mạnh",
    "alarm.flight_people": "có người dưới vùng bay, có cửa mở vào đó, hoặc không nhìn thấy",
    "alarm.flight_permit": "hết hạn phép bay", "alarm.flight_fire": "báo cháy",
    "alarm.flight_down": "máy bay xuống ngoài bãi đáp",
}  # fmt: skip
_EN: Final = {
    "title": "Record of a count from the air", "site": "Site", "flight": "Flight", "places": "Aisles",
    "flown": "Flown", "pilot": "Pilot", "user": "Planned by", "state": "Ended", "again": "Second look of",
    "DONE": "done", "ABORTED": "broken off", "CANCELLED": "called off", "cells": "Cells read",
    "read": "{read} of {cells} cells: {label} with a load, {empty} empty, {unreadable} with a label nobody can read",
    "differences": "Differences from the cargo book", "none": "Racks and book agree in all cells that were read.",
    "levels": "Levels", "all": "all",
    "part": "Only these levels were counted: where racks have others, missing loads were not looked for.",
    "left": "Cells not read", "why": "Why",
    "kind": "Kind", "load": "Load (SSCC)", "booked": "Book says", "found": "Seen at", "seen": "Read at",
    "order": "Order made", "photo": "Picture", "checked": "Looked after by",
    "refused": "could not be made", "unsure": "not sure",
    "misplaced": "Wrong place", "missing": "Missing", "not_in_book": "Not in the book",
    "unreadable": "Label cannot be read", "unseen": "Not seen",
    "by_place": "The book knows aisles: two loads that changed places within one are no difference. "
                "Picture: its SHA-256 begins so; operators and above see it for 7 days, on the page of the flight.",
    "signs": "Pilot|Store keeper|Who looked on the spot", "name": "(signature, name, date)", "page": "Page {page}",
    "flight.called_off": "called off by a person",
    "flight.recovered": "a person has said that the aircraft is out of the way",
    "flight.robot_under": "a robot was still below",
    "flight.no_take_off": "the aircraft did not take off", "flight.not_landed": "the aircraft was in the air already",
    "flight.off_pad": "the aircraft came down off its pad", "alarm.flight_link": "the aircraft was not heard",
    "alarm.flight_fence": "the aircraft left its volume",
    "alarm.flight_battery": "battery just enough for the way home",
    "alarm.flight_position": "the aircraft did not know where it was", "alarm.flight_wind": "too much wind",
    "alarm.flight_people": "people below, a door open into the flight, or nobody saw",
    "alarm.flight_permit": "the permit ended", "alarm.flight_fire": "fire alarm",
    "alarm.flight_down": "the aircraft came down off its pad",
}  # fmt: skip
WORDS: Final[Mapping[Lang, dict[str, str]]] = {"vi": _VI, "en": _EN}
