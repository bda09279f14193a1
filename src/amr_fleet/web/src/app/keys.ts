/** Keyboard shortcuts: which keys mean what. Nothing here touches the page. */

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** The person is typing into a field. */
  typing: boolean;
}

/** go: a page by its letter, after G. */
export type Meant = { what: "search" } | { what: "help" } | { what: "new_order" } | { what: "pause_all" } | { what: "go"; letter: string };

const SEQUENCE_MS = 1500;

/** Reads keys one after another. Single letters can be switched off (WCAG 2.1.4); Ctrl+K always works. */
export class KeyReader {
  private goSince = -Infinity;

  read(pressed: Pressed, now: number, letters: boolean): Meant | null {
    const key = pressed.key.toLowerCase();
    if ((pressed.ctrlKey || pressed.metaKey) && !pressed.altKey && key === "k") return { what: "search" };
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.typing || !letters) return null;
    const going = now - this.goSince < SEQUENCE_MS;
    this.goSince = -Infinity;
    if (going && /^[a-z]$/.test(key)) return { what: "go", letter: key };
    switch (key) {
      case "g":
        this.goSince = now;
        return null;
      case "/":
        return { what: "search" };
      case "?":
        return { what: "help" };
      case "n":
        return { what: "new_order" };
      case "p":
        return { what: "pause_all" };
      default:
        return null;
    }
  }
}

/** Whether keys go into what is focused: a field, or a list of choices. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=menu]") !== null;
}
