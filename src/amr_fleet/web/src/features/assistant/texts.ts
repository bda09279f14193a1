/** Texts of the assistant. What it says itself is Vietnamese. */

export const vi = {
  "nav.assistant": "Trợ lý",

  "assistant.title": "Trợ lý",
  "assistant.about": "Hỏi bằng tiếng Việt, có dấu hay không dấu. Trợ lý chỉ đề nghị; bạn bấm nút thì lệnh mới chạy.",
  "assistant.ask_instead": "Hỏi trợ lý: {text}",
};

export const en: typeof vi = {
  "nav.assistant": "Assistant",

  "assistant.title": "Assistant",
  "assistant.about": "Ask in Vietnamese, with or without marks. It only proposes; a command runs when you press the button.",
  "assistant.ask_instead": "Ask the assistant: {text}",
};
