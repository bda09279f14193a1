import { create } from "zustand";

/** The sound of a new alarm: two soft tones, made by the browser itself, until somebody takes the alarm. */
const STORED = "amr.sound";
const AGAIN_MS = 15_000;

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

export const useSound = create<{ on: boolean }>(() => ({ on: stored() }));

export function setSound(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    // Not remembered then.
  }
  useSound.setState({ on });
}

let context: AudioContext | null = null;
let rangAt = -Infinity;
let known = new Set<string>();

/** Ring for alarms that nobody has taken: at once for a new one, again while one stays untaken. */
export function ring(untaken: readonly string[]): void {
  const fresh = untaken.some((id) => !known.has(id));
  known = new Set(untaken);
  const now = performance.now();
  if (!useSound.getState().on || untaken.length === 0 || (!fresh && now - rangAt < AGAIN_MS)) return;
  rangAt = now;
  try {
    context ??= new AudioContext();
    void context.resume(); // browsers allow sound only after a first click: the login is one
    tone(context, 660, 0);
    tone(context, 880, 0.22);
  } catch {
    // A machine without sound still shows the alarm.
  }
}

function tone(audio: AudioContext, hertz: number, after: number): void {
  const start = audio.currentTime + after;
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.25, start + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
  const oscillator = audio.createOscillator();
  oscillator.frequency.value = hertz;
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.45);
}
