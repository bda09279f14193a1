/** Texts of the search panel. */

export const vi = {
  "search.open": "Tìm",
  "search.title": "Tìm robot, đơn, hàng, container, chuyến, vị trí",
  "search.hint": "Gõ không dấu cũng được: «cua 3», «xe 7», số cuối của SSCC hoặc container.",
  "search.none": "Không tìm thấy gì.",
  "search.offline": "Máy chủ chưa trả lời: chỉ tìm trong những gì đang hiển thị.",
  "search.keys": "↑ ↓ chọn · Enter mở · Esc đóng",
  "search.kind.robot": "Robot",
  "search.kind.order": "Đơn",
  "search.kind.load": "Hàng",
  "search.kind.visit": "Chuyến",
  "search.kind.place": "Vị trí",
  "search.kind.lane": "Làn",
  "search.kind.page": "Trang",
  "search.lane_does": "Chọn để đóng, tạm giữ hoặc cho chạy chậm",
  "search.charger": "Trạm sạc",
  "search.parking": "Bãi đỗ",
};

export const en: Record<keyof typeof vi, string> = {
  "search.open": "Find",
  "search.title": "Find robots, orders, loads, containers, visits, places",
  "search.hint": "Without diacritics, too; the last digits of an SSCC or container will do.",
  "search.none": "Nothing found.",
  "search.offline": "The server does not answer: only what is on the screen is searched.",
  "search.keys": "↑ ↓ choose · Enter opens · Esc closes",
  "search.kind.robot": "Robot",
  "search.kind.order": "Order",
  "search.kind.load": "Load",
  "search.kind.visit": "Visit",
  "search.kind.place": "Place",
  "search.kind.lane": "Lane",
  "search.kind.page": "Page",
  "search.lane_does": "Choose it to close it, hold before it, or slow it down",
  "search.charger": "Charger",
  "search.parking": "Parking place",
};
