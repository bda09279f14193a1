"""The goods that people name, and when a word is one."""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import clean, key, split

GOODS: Final = (
    "gạo", "lúa", "phân bón", "phân đạm", "phân", "cám", "thức ăn chăn nuôi", "xi măng", "dừa", "trái cây", "thủy sản",
    "cá đông lạnh",
    "cá tra", "cá", "tôm", "hàng lạnh", "thép", "sắt", "vật tư", "linh kiện", "bột mì", "cà phê", "nông sản", "thức ăn",
)  # fmt: skip
SHORT_NAME: Final = 4
_CLEAR_GOODS: Final = {key("gạo"), key("thép")}
# "phân nửa", "phân công", "cá nhân" are no goods.
_NO_GOODS: Final = "nửa công bổ loại tích khu luồng phối chia giao vùng nhánh cấp biệt nhân thể lẻ theo robot xe quyền"
_OTHER_AFTER: Final = "".join(
    rf"(?! {_key}{'' if chr(39) in _key else chr(39) + '?'}(?![^ ]))" for _key in map(key, _NO_GOODS.split())
)


def goods_pattern(name: str) -> re.Pattern[str]:
    """Return the pattern of a name of goods; short ones only as spelt: without marks they are other words."""
    words = split(clean(name))
    if len(words) == 1 and len(words[0]) <= SHORT_NAME and key(words[0]) not in _CLEAR_GOODS:
        return re.compile(rf"(?<![^ ]){key(words[0])}(?![^ ]){_OTHER_AFTER}")
    found = pattern(" ".join(re.escape(word) if not word.isalpha() else word for word in split(clean(name))))
    # In a sentence with marks a word typed without any ends in "'": "xi mang" of two words is goods all the same.
    return re.compile(found.pattern.replace("(?:'", "(?:'|'")) if len(words) > 1 else found
