/** Texts of devices and sessions. */

export const vi = {
  "nav.sessions": "Thiết bị",

  "sessions.kind.password": "Mật khẩu",
  "sessions.kind.pin": "Mã PIN",
  "sessions.kind.token": "Mã truy cập",
  "sessions.kind.device": "Máy dùng chung",
  "sessions.kind.oidc": "Nhà cung cấp",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.sessions": "Devices",

  "sessions.kind.password": "Password",
  "sessions.kind.pin": "PIN",
  "sessions.kind.token": "Access token",
  "sessions.kind.device": "Shared tablet",
  "sessions.kind.oidc": "Provider",
};
