/** Texts of the switch between floors; they come with it, to sites that have more than one. */

export const vi = {
  "floors.title": "Tầng trên bản đồ",
  "floors.many": "{count} robot",
  "floors.unknown": "không rõ tầng",
  "floors.moving": "đang chạy",
  "floors.door.open": "cửa mở",
  "floors.door.closed": "cửa đóng",
  "floors.door.moving": "cửa đang chạy",
  "floors.mode.UNKNOWN": "không trả lời",
  "floors.mode.HUMAN": "người đang dùng",
  "floors.mode.FIRE": "báo cháy",
  "floors.mode.OFFLINE": "không hoạt động",
  "floors.mode.EMERGENCY": "dừng khẩn cấp",
};

export const en: Record<keyof typeof vi, string> = {
  "floors.title": "Floor on the map",
  "floors.many": "{count} robots",
  "floors.unknown": "floor not known",
  "floors.moving": "moving",
  "floors.door.open": "door open",
  "floors.door.closed": "door closed",
  "floors.door.moving": "door moving",
  "floors.mode.UNKNOWN": "does not answer",
  "floors.mode.HUMAN": "used by people",
  "floors.mode.FIRE": "fire alarm",
  "floors.mode.OFFLINE": "out of order",
  "floors.mode.EMERGENCY": "emergency stop",
};
