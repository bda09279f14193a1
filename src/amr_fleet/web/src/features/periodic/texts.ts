/** Texts that other pages need, too; those of the page itself come with it (words/). */

export const vi = {
  "nav.periodic": "Báo cáo định kỳ",
  "did.set_report_text": "Viết báo cáo định kỳ",
  "did.set_plan": "Đặt chỉ tiêu kế hoạch",
  "did.comment_report": "Góp ý báo cáo",
  "did.submit_report": "Trình báo cáo",
  "did.return_report": "Trả lại báo cáo",
  "did.sign_report": "Ký báo cáo",
  "did.reopen_report": "Mở bản báo cáo mới",
  "did.file_report": "Ban hành báo cáo",
  "did.add_obstacle": "Thêm vướng mắc",
  "did.change_obstacle": "Sửa vướng mắc",
  "did.answer_obstacle": "Ghi trả lời vướng mắc",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.periodic": "Periodic report",
  "did.set_report_text": "Write a periodic report",
  "did.set_plan": "Set a target",
  "did.comment_report": "Remark on a report",
  "did.submit_report": "Hand a report in",
  "did.return_report": "Give a report back",
  "did.sign_report": "Sign a report",
  "did.reopen_report": "Open a new edition",
  "did.file_report": "File a report",
  "did.add_obstacle": "Add an obstacle",
  "did.change_obstacle": "Change an obstacle",
  "did.answer_obstacle": "Note an answer",
};
