/** Texts of the fixed cameras. */

export const vi = {
  "nav.cameras": "Camera",

  "camera.person": "Người",
  "camera.vehicle": "Xe",
  "camera.load": "Hàng",
  "camera.depth_of": "{robot} (đo độ sâu)",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.cameras": "Cameras",

  "camera.person": "Person",
  "camera.vehicle": "Vehicle",
  "camera.load": "Load",
  "camera.depth_of": "{robot} (depth)",
};
