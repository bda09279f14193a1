/** Texts of cut-offs, templates and recurring orders. */

export const vi = {
  "nav.book": "Kế hoạch",

  "cutoff.truck": "Xe tải",
  "cutoff.barge": "Sà lan",
  "cutoff.ship": "Tàu",

  "book.save_template": "Lưu làm mẫu",
  "book.template_help": "Mẫu giữ nơi lấy, nơi trả, ưu tiên, chuyến và robot; không giữ mã hàng",
  "book.template_saved": "Đã lưu mẫu {name}",
  "book.name": "Tên",
  "book.leaves": "Cắt máng {time}",
  "book.gone": "đã đến giờ cắt máng",
  "book.group_done": "Không còn đơn nào mở",
  "book.group_open": "Còn {open} đơn, kịp giờ",
  "book.group_late": "Còn {open} đơn, {late} đơn sẽ trễ",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.book": "Plan",

  "cutoff.truck": "Truck",
  "cutoff.barge": "Barge",
  "cutoff.ship": "Ship",

  "book.save_template": "Save as template",
  "book.template_help": "Keeps places, priority, cut-off and robot, not the load number",
  "book.template_saved": "Template {name} saved",
  "book.name": "Name",
  "book.leaves": "Leaves {time}",
  "book.gone": "time to leave has come",
  "book.group_done": "No open orders",
  "book.group_open": "{open} orders left, in time",
  "book.group_late": "{open} orders left, {late} will be late",
};
