/** Texts of what-if. */

export const vi = {
  "nav.whatif": "Thử trước",

  "effect.working": "Đang tính ảnh hưởng tới các đơn…",
  "effect.unknown": "Chưa tính được ảnh hưởng tới các đơn.",
  "effect.none": "Không đơn nào bị giữ lại hay chậm quá 1 phút.",
  "effect.strands": "Sẽ giữ lại các đơn: {orders}",
  "effect.later": "Sẽ chậm hơn: {orders}",
  "effect.partial": "Mới xem trước được {age}:",
  "effect.nothing_seen": "Chưa xem trước được đủ xa: máy tính đang bận. Đang thử lại…",

  "whatif.held": "đang bị giữ lại",
  "whatif.pick_closed": "nơi lấy bị đóng",
  "whatif.drop_closed": "nơi trả bị đóng",
  "whatif.load_on_lost": "hàng ở trên robot bị mất",
  "whatif.stranded": "bị giữ lại",
  "whatif.cancelled": "đã hủy",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.whatif": "What if",

  "effect.working": "Working out what it does to the orders…",
  "effect.unknown": "What it does to the orders could not be worked out.",
  "effect.none": "No order is stranded or more than 1 minute later.",
  "effect.strands": "It strands: {orders}",
  "effect.later": "Later: {orders}",
  "effect.partial": "Only the next {age} were seen:",
  "effect.nothing_seen": "Too little could be foreseen: the computer is busy. Trying again…",

  "whatif.held": "on hold",
  "whatif.pick_closed": "pick place closed",
  "whatif.drop_closed": "drop place closed",
  "whatif.load_on_lost": "its load is on a lost robot",
  "whatif.stranded": "stranded",
  "whatif.cancelled": "cancelled",
};
