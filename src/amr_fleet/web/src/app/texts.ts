/** Texts of the shell: head, connection, navigation. */

export const vi = {
  "nav.label": "Các trang",
  "nav.more": "Thêm",
  "nav.nothing": "Không có trang này, hoặc vai trò của bạn không được xem.",

  "head.longest": "Chờ lâu nhất",
  "head.clock": "Giờ vận hành",
  "head.open": "Đơn đang mở",
  "head.done": "Hoàn thành",
  "head.per_hour": "Đơn/giờ",
  "head.p95": "95% xong trong",
  "head.p95_help": "95% đơn giao xong trong thời gian này, tính từ lúc tạo đơn",
  "head.deadlocks": "Kẹt đường",
  "head.pause_all": "Tạm dừng tất cả",
  "head.resume_all": "Chạy lại tất cả",
  "head.logout": "Đăng xuất",
  "head.language": "Ngôn ngữ",

  "conn.open": "Đã kết nối",
  "conn.connecting": "Đang kết nối",
  "conn.lost": "Mất kết nối",
  "conn.banner": "Mất kết nối với máy chủ. Hình đang hiển thị là của {seconds} giây trước. Đang tự kết nối lại…",
  "conn.starting": "Hệ thống điều phối đang khởi động; chưa nhận đơn.",
  "conn.all_paused": "Tất cả robot đang tạm dừng.",

  "ask.pause_all.title": "Tạm dừng tất cả robot?",
  "ask.pause_all.body": "{count} robot sẽ dừng tại chỗ cho đến khi được chạy lại. Đây không phải nút dừng khẩn cấp.",
  "ask.resume_all.title": "Cho tất cả robot chạy lại?",
  "ask.resume_all.body": "Tối đa {count} robot chuyển động ngay. Robot được tạm dừng riêng, hoặc đang có người lấy hàng xuống, vẫn đứng yên.",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.label": "Pages",
  "nav.more": "More",
  "nav.nothing": "There is no such page, or your role may not see it.",

  "head.longest": "Longest wait",
  "head.clock": "Fleet clock",
  "head.open": "Open orders",
  "head.done": "Done",
  "head.per_hour": "Orders/hour",
  "head.p95": "95% within",
  "head.p95_help": "95% of the orders are delivered within this time, counted from their creation",
  "head.deadlocks": "Deadlocks",
  "head.pause_all": "Pause all",
  "head.resume_all": "Resume all",
  "head.logout": "Log out",
  "head.language": "Language",

  "conn.open": "Connected",
  "conn.connecting": "Connecting",
  "conn.lost": "Connection lost",
  "conn.banner": "No connection to the server. What you see is {seconds} s old. Reconnecting…",
  "conn.starting": "The fleet is starting; it takes no orders yet.",
  "conn.all_paused": "All robots are paused.",

  "ask.pause_all.title": "Pause all robots?",
  "ask.pause_all.body": "{count} robots will stop where they are until they are resumed. This is not an emergency stop.",
  "ask.resume_all.title": "Resume all robots?",
  "ask.resume_all.body": "Up to {count} robots move at once. A robot that was paused by itself, or is being unloaded, stays where it is.",
};
