/** Texts of the assistant. What it says itself is Vietnamese. */

export const vi = {
  "nav.assistant": "Trợ lý",

  "assistant.title": "Trợ lý",
  "assistant.about": "Hỏi bằng tiếng Việt, có dấu hay không dấu. Trợ lý chỉ đề nghị; bạn bấm nút thì lệnh mới chạy.",
  "assistant.ask": "Câu hỏi",
  "assistant.placeholder": "Ví dụ: Vì sao robot 6 đứng?",
  "assistant.send": "Hỏi",
  "assistant.confirm": "Xác nhận",
  "assistant.done": "Đã làm: {text}",
  "assistant.at_once": "Đã dừng ngay",
  "assistant.open": "Mở trang này",
  "assistant.seconds": "còn {seconds} giây",
  "assistant.over": "Đề nghị đã hết hạn",
  "assistant.you": "Bạn",
  "assistant.it": "Trợ lý",
  "assistant.talk": "Cuộc trò chuyện",
  "assistant.more": "và {count} dòng nữa",

  "did.ask_assistant": "Hỏi trợ lý",
  "did.confirm_proposal": "Xác nhận đề nghị của trợ lý",
};

export const en: typeof vi = {
  "nav.assistant": "Assistant",

  "assistant.title": "Assistant",
  "assistant.about": "Ask in Vietnamese, with or without marks. It only proposes; a command runs when you press the button.",
  "assistant.ask": "Question",
  "assistant.placeholder": "For example: Vì sao robot 6 đứng?",
  "assistant.send": "Ask",
  "assistant.confirm": "Confirm",
  "assistant.done": "Done: {text}",
  "assistant.at_once": "Stopped at once",
  "assistant.open": "Open this page",
  "assistant.seconds": "{seconds} s left",
  "assistant.over": "The proposal has expired",
  "assistant.you": "You",
  "assistant.it": "Assistant",
  "assistant.talk": "Conversation",
  "assistant.more": "and {count} more",

  "did.ask_assistant": "Ask the assistant",
  "did.confirm_proposal": "Confirm a proposal of the assistant",
};
