/** What people said of a load, in words; they come with the pages that show it. */

export const vi = {
  "words.ready": "báo hàng sẵn sàng",
  "words.taken": "báo đã lấy đi",
  "words.wrong": "báo SAI HÀNG",
  "words.damaged": "báo HƯ HỎNG",
  "words.by": "{user} ở {place}",
  "words.photo": "Ảnh {n} của {user}",
  "words.photos_kept": "Ảnh chỉ giữ 7 ngày; mã SHA-256 của ảnh còn lại trong nhật ký.",
  "words.gone": "ảnh {n} đã xóa hoặc không được xem",
  "words.taken_away": "đã được lấy đi",
};

export const en: Record<keyof typeof vi, string> = {
  "words.ready": "says that it is ready",
  "words.taken": "says that it was taken",
  "words.wrong": "says: WRONG LOAD",
  "words.damaged": "says: DAMAGED",
  "words.by": "{user} at {place}",
  "words.photo": "Picture {n} by {user}",
  "words.photos_kept": "Pictures are kept for 7 days; their SHA-256 stays in the journal.",
  "words.gone": "picture {n} was deleted, or you may not see it",
  "words.taken_away": "taken away",
};
