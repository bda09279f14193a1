/** Texts of the live page. */

export const vi = {
  "nav.map": "Bản đồ",

  "tab.zones": "Khu vực",
  "tab.robots": "Robot",
  "tab.orders": "Đơn vận chuyển",
  "tab.new": "Tạo đơn",

  "overview.due": "Sắp đến hạn",
  "overview.nothing_due": "Không có chuyến hay đơn nào có hạn.",
  "overview.nothing_due_may": "Chưa có chuyến hay đơn nào có hạn. Thêm chuyến ở trang Kế hoạch.",
  "overview.held": "{count} đơn chưa có robot:",
  "overview.more": "và {count} mục khác",
  "overview.trend": "Chờ lâu nhất trong {minutes} phút qua: {peak}",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.map": "Map",

  "tab.zones": "Zones",
  "tab.robots": "Robots",
  "tab.orders": "Orders",
  "tab.new": "New order",

  "overview.due": "Due next",
  "overview.nothing_due": "No cut-off and no order has a deadline.",
  "overview.nothing_due_may": "No cut-off and no order has a deadline. Add one on the page Plan.",
  "overview.held": "{count} orders without a robot:",
  "overview.more": "and {count} more",
  "overview.trend": "Longest wait in the last {minutes} min: {peak}",
};
