import { create } from "zustand";

/** The sound of a new alarm: two soft tones, made by the browser itself, until somebody takes the alarm. */
const STORED = "amr.sound";
const AGAIN_MS = 15_000;
const PRESSES = ["pointerdown", "keydown"] as const;
const RELEASES = ["pointerup", "pointercancel"] as const;

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

/** armed: the browser lets this page sound; after a reload it does so only once somebody has pressed something. */
export const useSound = create<{ on: boolean; armed: boolean }>(() => ({ on: stored(), armed: false }));

export function setSound(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    // Not remembered then.
  }
  useSound.setState({ on });
}

let context: AudioContext | null = null;
let pressing = false;

/** Not while a press lasts: the banner goes, the page moves up, and the press would end beside its button. */
function tell(): void {
  if (!pressing) useSound.setState({ armed: context?.state === "running" });
}

function press(): void {
  pressing = true;
}

function release(): void {
  pressing = false;
  setTimeout(tell); // after the click that the release makes
}

/** Ask the browser for sound now and at each press until it gives it; what it says is in `armed`. */
export function armSound(): () => void {
  try {
    context ??= new AudioContext();
  } catch {
    return () => undefined; // a machine without sound: the page says that it is not armed
  }
  const audio = context;
  const ask = (): void => {
    if (audio.state !== "running") void audio.resume().then(tell, tell);
  };
  tell();
  ask();
  audio.addEventListener("statechange", tell);
  window.addEventListener("pointerdown", press, true);
  for (const name of RELEASES) window.addEventListener(name, release, true);
  for (const name of PRESSES) window.addEventListener(name, ask, true);
  return () => {
    audio.removeEventListener("statechange", tell);
    window.removeEventListener("pointerdown", press, true);
    for (const name of RELEASES) window.removeEventListener(name, release, true);
    for (const name of PRESSES) window.removeEventListener(name, ask, true);
  };
}

let rangAt = -Infinity;
let known = new Set<string>();

/** Ring for alarms that nobody has taken: at once for a new one, again while one stays untaken. */
export function ring(untaken: readonly string[]): void {
  const fresh = untaken.some((id) => !known.has(id));
  known = new Set(untaken);
  const now = performance.now();
  if (!useSound.getState().on || untaken.length === 0 || (!fresh && now - rangAt < AGAIN_MS)) return;
  try {
    if (context?.state !== "running") return; // the page says so
    rangAt = now;
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
