/** Texts of the fixed cameras that come with their page. */

export const vi = {
  "camera.about": "Camera chỉ làm robot chậm lại hoặc dừng, không bao giờ cho phép chạy. Không nhận diện ai, không lưu hình; hình mờ chỉ hiện khi kho cho phép.",
  "camera.none": "Kho này không có camera cố định.",
  "camera.all_off": "Chưa camera nào gửi tin. Camera chỉ chạy khi hệ thống được khởi động có camera.",
  "camera.count": "{seeing} / {all} camera đang nhìn thấy",
  "camera.only_busy": "Chỉ camera có người hoặc xe",
  "camera.empty": "Không có ai",
  "camera.never": "Chưa gửi tin",
  "camera.silent": "Camera không gửi tin",
  "camera.blind": "Camera không nhìn thấy gì",
  "camera.persons": "{count} người",
  "camera.vehicles": "{count} xe",
  "camera.loads": "{count} kiện hàng",
};

export const en: Record<keyof typeof vi, string> = {
  "camera.about": "Cameras only slow or stop robots, they never permit anything. Nobody is identified, nothing is stored; a blurred picture is shown only where the site allows it.",
  "camera.none": "This site has no fixed cameras.",
  "camera.all_off": "No camera has said anything. They run only when the system is started with cameras.",
  "camera.count": "{seeing} of {all} cameras can see",
  "camera.only_busy": "Only those with people or vehicles",
  "camera.empty": "Nobody there",
  "camera.never": "Not heard of yet",
  "camera.silent": "This camera is silent",
  "camera.blind": "This camera sees nothing",
  "camera.persons": "{count} people",
  "camera.vehicles": "{count} vehicles",
  "camera.loads": "{count} loads",
};
