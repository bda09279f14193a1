/** Texts of the pages themselves: they come with them. */

export const vi = {
  "customs.title": "Hải quan",
  "customs.free": "Không bị giữ",
  "customs.document": "Số văn bản",
  "customs.hold": "Giữ hàng",
  "customs.lift": "Thôi giữ",
  "customs.hold_title": "Giữ hàng {load}?",
  "customs.hold_body": "Robot không được chuyển hàng này cho đến khi thôi giữ. Đơn của hàng sẽ chờ.",
  "customs.lift_title": "Thôi giữ hàng {load}?",
  "customs.lift_body": "Hàng được phép chuyển ngay; đơn đang chờ sẽ chạy.",
};

export const en: Record<keyof typeof vi, string> = {
  "customs.title": "Customs",
  "customs.free": "Not held",
  "customs.document": "Document number",
  "customs.hold": "Hold",
  "customs.lift": "Lift the hold",
  "customs.hold_title": "Hold load {load}?",
  "customs.hold_body": "Robots may not move this load until the hold is lifted. Its orders wait.",
  "customs.lift_title": "Lift the hold on load {load}?",
  "customs.lift_body": "The load may move at once; waiting orders start.",
};
