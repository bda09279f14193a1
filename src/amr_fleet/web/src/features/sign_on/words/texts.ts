/** Texts of the log-in at the site's provider. */

export const vi = {
  "at.with": "Đăng nhập với {label}",
  "at.link": "Liên kết với {label}",
  "at.link_about": "Sau khi liên kết, bạn có thể đăng nhập tài khoản này qua {label}.",
  "at.linked": "Tài khoản này đã được liên kết.",
  "at.password": "Mật khẩu hiện tại ở đây",
  "at.unlink": "Bỏ liên kết với {label}",
  "at.unlinked": "Đã bỏ liên kết",
  "at.code": "Mã xác thực hoặc mã khôi phục",
  "at.enter": "Vào",
  "at.refused": "Không đăng nhập được qua nhà cung cấp. Hãy thử lại, hoặc dùng mật khẩu.",
  "at.no_role": "Nhà cung cấp chưa giao vai trò nào ở đây cho bạn. Hãy báo quản trị viên.",
  "at.taken": "Đã có tài khoản trùng tên. Nếu là của bạn: đăng nhập bằng mật khẩu, rồi liên kết ở trang Đăng nhập hai bước.",
  "at.set_up": "Vai trò của bạn phải đăng nhập hai bước. Hãy đăng nhập bằng mật khẩu và thiết lập trước.",
  "at.linked_elsewhere": "Người này đã được liên kết với tài khoản khác.",
  "at.removed": "Tài khoản của bạn ở đây đã bị xóa hoặc đã gỡ liên kết. Hãy báo quản trị viên.",
  "at.away": "Nhà cung cấp đăng nhập không trả lời. Tạm thời hãy dùng mật khẩu.",
};

export const en: Record<keyof typeof vi, string> = {
  "at.with": "Log in with {label}",
  "at.link": "Link with {label}",
  "at.link_about": "Once linked, you can log in to this account with {label}.",
  "at.linked": "This account is linked.",
  "at.password": "Your password here",
  "at.unlink": "Unlink from {label}",
  "at.unlinked": "Unlinked",
  "at.code": "Code of the authenticator app, or a recovery code",
  "at.enter": "Go",
  "at.refused": "The log-in with the provider did not work. Try again, or use your password.",
  "at.no_role": "The provider gives you no role here. Tell the administrator.",
  "at.taken": "There is an account of that name already. If it is yours, log in with the password and link it on the page Two-step log-in.",
  "at.set_up": "Your role needs a two-step log-in. Log in with your password and set it up first.",
  "at.linked_elsewhere": "That person is linked to another account.",
  "at.removed": "Your account here was removed or unlinked. Tell the administrator.",
  "at.away": "The provider of log-ins does not answer. Use your password meanwhile.",
};
