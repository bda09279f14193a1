/** Texts of the fixed cameras. */

export const vi = {
  "nav.cameras": "Camera",

  "camera.person": "Người",
  "camera.vehicle": "Xe",
  "camera.load": "Hàng",
  "camera.depth_of": "{robot} (đo độ sâu)",
  "camera.event.person_near": "có người",
  "camera.event.vehicle_near": "có xe",
  "camera.event.lane_blocked": "lối đi bị chặn",
  "camera.event.fallen_load": "có hàng rơi",
  "camera.event.blind": "không nhìn thấy",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.cameras": "Cameras",

  "camera.person": "Person",
  "camera.vehicle": "Vehicle",
  "camera.load": "Load",
  "camera.depth_of": "{robot} (depth)",
  "camera.event.person_near": "a person",
  "camera.event.vehicle_near": "a vehicle",
  "camera.event.lane_blocked": "the lane is blocked",
  "camera.event.fallen_load": "a load has fallen",
  "camera.event.blind": "sees nothing",
};
