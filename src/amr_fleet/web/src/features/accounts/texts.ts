/** Texts of accounts. */

export const vi = {
  "accounts.save": "Lưu",
  "nav.accounts": "Tài khoản",
};

export const en: Record<keyof typeof vi, string> = {
  "accounts.save": "Save",
  "nav.accounts": "Accounts",
};
