"""How heavy a sentence says a load is: "1,3 tấn", "một tấn rưỡi", "1.300 kg". No tool takes it, and none may count it.

It is taken out of what was typed before short forms are written out: "kg" alone is read as "không".
"""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.text import fold

WEIGHT: Final = "WEIGHT"
"""The word that stands for a weight in a sentence."""
_MARKED: Final = "một hai ba bốn năm sáu bảy bẩy tám chín mười chục trăm nghìn ngàn mươi lăm nhăm phẩy nửa vài"
_FORMS: Final = [form for word in _MARKED.split() for form in (word, fold(word))]
# Each form once: a word that matches in two ways makes a long row of numbers take for ever.
_SAID: Final = "|".join((*dict.fromkeys(_FORMS), "mốt|tư|linh|lẻ|dăm"))
_FIGURE: Final = rf"(?:\d+(?:[.,/]\d+)*|(?:{_SAID})(?!\w))"
_NUMBER: Final = rf"{_FIGURE}(?:(?:\s*[-–]\s*|\s)(?:{_FIGURE}|rưỡi|ruoi))*"
_CLEAR: Final = "tấn|tạ|yến|kgs|ki-?lô(?:gam)?|kilogram(?:me)?s?|kilos?|tonnes?|tons?"
_SHORT: Final = "kg|kí|ký|ki|ky|t|ta|tan"
"""Units that are other words, too: không, "ký nhận", "tan ca", "robot 3 ta"."""
_COUNTED: Final = (
    "pallet|bao|thùng|thung|cái|cai|kiện|kien|container|lô|lo|đơn|don|chuyến|chuyen|giờ|gio|phút|phut|tiếng|tieng|"
    "ngày|ngay|tuần|tuan|tháng|thang|robot|con|xe|h|p|ph"
)
_TAIL: Final = (  # "một tấn rưỡi", "1 tấn 2", and not "1 tấn 2 pallet"
    rf"(?:\s(?:rưỡi|ruoi|(?:một|mốt|hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|\d))(?!\w)"
    rf"(?!\s?(?:{_FIGURE}|(?:{_COUNTED}|{_CLEAR}|{_SHORT})(?!\w))))?"
)
_WEIGHT: Final = re.compile(rf"(?<![\w.,/-])(?P<number>{_NUMBER})\s?(?:(?:{_CLEAR})|(?P<short>{_SHORT}))(?!\w){_TAIL}")
# Whose number stands before the unit: "robot 3 kg chạy" says that it does not.
_OWNER: Final = re.compile(
    r"(?<!\w)(?:phần|phan|robot|con|xe|chiếc|chiec|amr|máy|may|số|so|(?P<order>đơn|don)|cửa|cua|cổng|cong|trạm|tram|kệ|ke|lối|loi|"
    r"khối|khoi|camera|báo|bao|ca|quý|quy|tháng|thang|ngày|ngay|lúc|luc|giờ|gio|kho|hall|lan|tàu|tau|cb)\s*$"
)
_MAKES: Final = re.compile(
    r"(?:tạo|tao|lập|lap|thêm|them|đặt|dat|làm|lam|lên|len|mới|moi)(?: một| mot| 1| cái| cai)? (?:đơn|don)\s*$"
)
_GOES_ON: Final = re.compile("(?:mươi|muoi|mười|chục|chuc|trăm|tram|nghìn|nghin|ngàn|ngan|phẩy|phay|linh|lẻ)")
_OTHER: Final = re.compile(
    r"\s*(?:nhận|nhan|tên|ten|duyệt|duyet|gửi|gui|ca|tầm|tam|nữa|nua|qua|trước|truoc|sau|này|nay)(?!\w)"
)
"""What follows a short unit that is another word: "cửa 3 ký nhận", "17 tan ca", "3t nữa"."""


def taken(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a cleaned sentence with each weight as one word, and the weights as they were typed."""
    found: list[str] = []

    def one(match: re.Match[str]) -> str:
        before, after, said = match.string[: match.start()], match.string[match.end() :], match[0]
        owner = _OWNER.search(before)
        owned = owner is not None and not (owner["order"] and _MAKES.search(before))
        first, _, rest = said.partition(" ")
        if owned and rest == "ton":
            return said  # "thang 7 ton dien": what it costs, typed without marks
        if owned and first != match["number"] and " " in match["number"] and not _GOES_ON.match(rest):
            found.append(rest)  # "cửa 2 ba tạ": the 2 is the door's
            return f"{first} {WEIGHT}"
        if match["short"] and (owned or (match["short"] != "kg" and _OTHER.match(after))):
            return said
        found.append(said)
        return WEIGHT

    return _WEIGHT.sub(one, text), tuple(found)


def left_out(weights: tuple[str, ...]) -> str:
    """Return what a person is told of weights that an order which is proposed does not hold."""
    said = " và ".join(weights)
    return f"Khối lượng {said} không có trong đơn này: trợ lý không ghi được. Muốn ghi thì tạo đơn bằng biểu mẫu."
