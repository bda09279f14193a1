import type { View } from "./view";

const CLICK_PX = 6;

/** Wheel, drag and two fingers move the view; a press that does not move is a click. */
export function attachGestures(
  element: HTMLElement,
  view: View,
  changed: () => void,
  clicked: (x: number, y: number) => void,
): () => void {
  const down = new Map<number, { x: number; y: number }>();
  let travelled = 0;

  const at = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
    const rect = element.getBoundingClientRect();
    return { x: event.clientX - rect.left, y: event.clientY - rect.top };
  };
  const spread = (): { x: number; y: number; d: number } => {
    const [a, b] = [...down.values()];
    if (a === undefined || b === undefined) return { x: 0, y: 0, d: 1 };
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, d: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  };

  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { x, y } = at(event);
    view.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), x, y);
    changed();
  };
  const onDown = (event: PointerEvent): void => {
    element.setPointerCapture(event.pointerId);
    if (down.size === 0) travelled = 0;
    down.set(event.pointerId, at(event));
  };
  const onMove = (event: PointerEvent): void => {
    const old = down.get(event.pointerId);
    if (old === undefined) return;
    const now = at(event);
    travelled += Math.hypot(now.x - old.x, now.y - old.y);
    if (down.size === 1) {
      if (travelled > CLICK_PX) view.pan(now.x - old.x, now.y - old.y);
      down.set(event.pointerId, now);
    } else {
      const before = spread();
      down.set(event.pointerId, now);
      const after = spread();
      view.pan(after.x - before.x, after.y - before.y);
      view.zoom(after.d / before.d, after.x, after.y);
    }
    changed();
  };
  const onUp = (event: PointerEvent): void => {
    const pressed = down.delete(event.pointerId);
    if (pressed && down.size === 0 && travelled <= CLICK_PX && event.type === "pointerup") {
      const { x, y } = at(event);
      clicked(x, y);
    }
  };

  element.addEventListener("wheel", onWheel, { passive: false });
  element.addEventListener("pointerdown", onDown);
  element.addEventListener("pointermove", onMove);
  element.addEventListener("pointerup", onUp);
  element.addEventListener("pointercancel", onUp);
  return () => {
    element.removeEventListener("wheel", onWheel);
    element.removeEventListener("pointerdown", onDown);
    element.removeEventListener("pointermove", onMove);
    element.removeEventListener("pointerup", onUp);
    element.removeEventListener("pointercancel", onUp);
  };
}
