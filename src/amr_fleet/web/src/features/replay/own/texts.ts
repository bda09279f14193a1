/** Texts of the replay that come with the page. */

export const vi = {
  "replay.title": "Xem lại",
  "replay.none": "Chưa ghi được gì để xem lại.",
  "replay.play": "Chạy",
  "replay.pause": "Dừng",
  "replay.back": "Lùi 10 giây",
  "replay.forward": "Tới 10 giây",
  "replay.speed": "Tốc độ ×{speed}",
  "replay.time": "Thời điểm",
  "replay.window": "Khoảng thời gian",
  "replay.last": "{minutes} phút gần nhất",
  "replay.all": "Tất cả",
  "replay.events": "Diễn biến",
  "replay.no_events": "Không có gì trong khoảng này.",
  "replay.export": "Lưu sự cố ±{minutes} phút",
  "replay.export_help": "Một tệp zip: nhật ký, vị trí robot, bản đồ và MCAP cho Foxglove",
  "replay.open_orders": "{count} đơn đang mở lúc này",
};

export const en: Record<keyof typeof vi, string> = {
  "replay.title": "Replay",
  "replay.none": "Nothing has been recorded yet.",
  "replay.play": "Play",
  "replay.pause": "Pause",
  "replay.back": "Back 10 s",
  "replay.forward": "Forward 10 s",
  "replay.speed": "Speed ×{speed}",
  "replay.time": "Time",
  "replay.window": "Stretch of time",
  "replay.last": "Last {minutes} minutes",
  "replay.all": "All",
  "replay.events": "What happened",
  "replay.no_events": "Nothing in this stretch.",
  "replay.export": "Save incident ±{minutes} min",
  "replay.export_help": "One zip: journal, positions, site and MCAP for Foxglove",
  "replay.open_orders": "{count} orders open at this time",
};
