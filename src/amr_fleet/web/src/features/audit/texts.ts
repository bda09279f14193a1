/** The audit trail in the menu; the texts of its page are in words/. */

export const vi = {
  "nav.audit": "Nhật ký",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.audit": "Audit",
};
