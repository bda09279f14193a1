/** Texts of the import of order lists. */

export const vi = {
  "import.open": "Nhập danh sách",
};

export const en: Record<keyof typeof vi, string> = {
  "import.open": "Import list",
};
