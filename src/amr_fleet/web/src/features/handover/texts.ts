/** Texts of the page that one shift hands to the next. */

export const vi = {

  "handover.title": "Giao ca",
  "handover.take": "Nhận ca",
  "handover.print": "In",
  "handover.taken": "Nhận ca lúc {time}: {orders} đơn đang mở, {alarms} việc cần xử lý, {zones} khu vực tạm thời, {robots} robot không làm việc, {visits} chuyến chưa rời, {work} phiếu bảo dưỡng đang mở.",
  "handover.taken_note": "Đã ghi vào ghi chú giao ca",
  "handover.alarms": "Việc cần xử lý",
  "handover.robots": "Robot không làm việc",
  "handover.no_robots": "Mọi robot đều làm việc được.",
  "handover.zones": "Làn và khu vực đang đóng, tạm giữ hoặc chạy chậm",
  "handover.orders": "Đơn đang mở",
  "handover.orders_open": "{open} đơn đang mở, {waiting} đơn trong hàng chờ. Gần hạn, trễ hoặc đang bị giữ lại:",
  "handover.no_urgent": "Không có đơn nào gần hạn, trễ hoặc bị giữ lại.",
  "handover.due": "hạn",
  "handover.on_board": "còn hàng {load}",
  "handover.not_yet": "chưa ai nhận",
};

export const en: Record<keyof typeof vi, string> = {

  "handover.title": "Handover",
  "handover.take": "Take over",
  "handover.print": "Print",
  "handover.taken": "Taken over at {time}: {orders} open orders, {alarms} alarms, {zones} temporary zones, {robots} robots not at work, {visits} visits that have not left, {work} open work orders.",
  "handover.taken_note": "Written into the notes",
  "handover.alarms": "Needs attention",
  "handover.robots": "Robots not at work",
  "handover.no_robots": "Every robot can work.",
  "handover.zones": "Lanes and zones that are closed, on hold or slow",
  "handover.orders": "Open orders",
  "handover.orders_open": "{open} orders are open, {waiting} of them wait in the queue. Near or past their deadline, or on hold:",
  "handover.no_urgent": "No order is near or past its deadline, or on hold.",
  "handover.due": "due",
  "handover.on_board": "still carries {load}",
  "handover.not_yet": "nobody has taken it",
};
