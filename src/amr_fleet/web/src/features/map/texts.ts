/** Texts of the map. */

export const vi = {
  "layers.title": "Lớp bản đồ",

  "layer.lanes": "Làn đường",
  "layer.zones": "Khu vực",
  "layer.ways": "Đường sắp đi",
  "layer.reserved": "Chỗ đã giữ",
  "layer.people": "Người và xe nâng",
  "layer.cameras": "Camera",
  "layer.heat": "Nơi hay chờ",
  "layer.names": "Tên robot",

  "map.fit": "Xem toàn kho",
  "map.zoom_in": "Phóng to",
  "map.zoom_out": "Thu nhỏ",
  "map.label": "Bản đồ kho với vị trí robot. Phím mũi tên để di chuyển, + − để phóng to, 0 để xem toàn kho.",

  "map.draw_keys": "Bàn phím: mũi tên di chuyển, Enter chọn, Esc bỏ.",
  "map.draw_at": "x {x} m, y {y} m",

  "legend.normal": "Bình thường",
  "legend.waiting": "Đang chờ",
  "legend.paused": "Tạm dừng",
  "legend.error": "Lỗi",
  "legend.person": "Người",
  "legend.vehicle": "Xe nâng",
};

export const en: Record<keyof typeof vi, string> = {
  "layers.title": "Map layers",

  "layer.lanes": "Lanes",
  "layer.zones": "Zones",
  "layer.ways": "Planned ways",
  "layer.reserved": "Reserved ways",
  "layer.people": "People and forklifts",
  "layer.cameras": "Cameras",
  "layer.heat": "Where robots wait",
  "layer.names": "Robot names",

  "map.fit": "Show the whole site",
  "map.zoom_in": "Zoom in",
  "map.zoom_out": "Zoom out",
  "map.label": "Map of the warehouse with the robots. Arrow keys move it, + − zoom, 0 shows the whole site.",

  "map.draw_keys": "Keyboard: arrows move, Enter chooses, Esc gives up.",
  "map.draw_at": "x {x} m, y {y} m",

  "legend.normal": "Normal",
  "legend.waiting": "Waiting",
  "legend.paused": "Paused",
  "legend.error": "Error",
  "legend.person": "Person",
  "legend.vehicle": "Forklift",
};
