/** Texts of a robot's computer: they come with its part of the page, not with the first one. */

export const vi = {
  title: "Máy tính của robot",
  none: "Robot chưa có chứng thư: chưa ghi danh.",
  valid: "Chứng thư còn hạn đến {until}.",
  ends: "Chứng thư sắp hết hạn, ngày {until}: robot tự gia hạn mỗi ngày; nếu không, hãy ghi danh lại.",
  ended: "Chứng thư đã hết hạn ngày {until}: robot không kết nối được. Hãy ghi danh lại.",
  revoked: "Chứng thư đã bị thu hồi: robot không kết nối được.",
  waiting: "Có một mã ghi danh chưa dùng.",
  site: "Bản đồ: bản {version}.",
  site_other: "Bản đồ: bản {version}, khác của máy chủ: robot không nhận đơn. Khi robot đứng yên, trên máy của nó: amr robot site update {server}, rồi khởi động lại dịch vụ; để quay lại: amr robot site update --back.",
  site_unsaid: "Robot không báo bản đồ của mình: không so sánh được.",
  offer: "Tạo mã ghi danh",
  code_body: "Mã dùng một lần, trong {minutes} phút. Trên máy tính của robot: amr robot enrol {server}. Máy tính trước đó của robot này sẽ mất quyền.",
  revoke: "Thu hồi chứng thư",
  revoke_title: "Thu hồi chứng thư của {robot}?",
  revoke_body: "Dùng khi robot bị mất hoặc máy tính của nó bị lấy đi. Sau khi máy chủ MQTT khởi động lại, robot này không kết nối được nữa cho đến khi ghi danh lại.",
  revoked_done: "Đã thu hồi chứng thư của {robot}. Hãy khởi động lại máy chủ MQTT.",
};

export const en: typeof vi = {
  title: "The robot's computer",
  none: "The robot has no certificate: it is not enrolled.",
  valid: "The certificate is valid until {until}.",
  ends: "The certificate ends on {until}: the robot renews it by itself every day; if it does not, enrol it again.",
  ended: "The certificate ended on {until}: the robot cannot connect. Enrol it again.",
  revoked: "The certificate is revoked: the robot cannot connect.",
  waiting: "There is a code that has not been used.",
  site: "Site files: version {version}.",
  site_other: "Site files: version {version}, other than the server's: the robot gets no orders. When it stands, on its computer: amr robot site update {server}, then restart its service; to go back: amr robot site update --back.",
  site_unsaid: "The robot does not say which site files it has: they cannot be compared.",
  offer: "Make an enrolment code",
  code_body: "This code works once, within {minutes} minutes. On the robot's computer: amr robot enrol {server}. The computer that this robot had before loses its rights.",
  revoke: "Revoke the certificate",
  revoke_title: "Revoke the certificate of {robot}?",
  revoke_body: "For a robot that is lost or whose computer was taken. After a restart of the MQTT broker this robot cannot connect any more until it is enrolled again.",
  revoked_done: "The certificate of {robot} is revoked. Restart the MQTT broker.",
};
