import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { watch } from "./watch";

const STEP_MS = 150;

/** A camera whose picture changes at each look, or stands; a reader that sees what it is told to, or breaks. */
class Phone {
  ended: () => void = () => undefined;
  readonly said: string[] = [];
  readonly video = { currentTime: 1, play: () => Promise.resolve(), srcObject: null } as unknown as HTMLVideoElement;
  detect = vi.fn((): Promise<{ rawValue: string }[]> => Promise.resolve([]));
  end: () => void = () => undefined;

  async open(): Promise<void> {
    const track = { stop: () => undefined, addEventListener: (what: string, told: () => void) => void (what === "ended" && (this.ended = told)) };
    const stream = { getTracks: () => [track], getVideoTracks: () => [track] };
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => Promise.resolve(stream) } });
    const detect = (): Promise<{ rawValue: string }[]> => this.detect();
    const BarcodeDetector = class {
      static getSupportedFormats = (): Promise<string[]> => Promise.resolve(["code_128", "qr_code", "data_matrix"]);
      detect = detect;
    };
    vi.stubGlobal("window", Object.assign(Object.create(globalThis) as object, { BarcodeDetector, setTimeout, clearTimeout }));
    const tell = (what: string): void => void this.said.push(what);
    this.end = watch(this.video, () => tell("opened"), tell, tell);
    await vi.advanceTimersByTimeAsync(0);
  }

  async look(times: number, moves = true): Promise<void> {
    for (let i = 0; i < times; i++) {
      if (moves) this.video.currentTime += 0.1;
      await vi.advanceTimersByTimeAsync(STEP_MS);
    }
  }
}

let phone: Phone;
const broken = (): Promise<never> => Promise.reject(new Error("aborted"));
const code = () => Promise.resolve([{ rawValue: "PAL-6" }]);

beforeEach(async () => {
  vi.useFakeTimers();
  phone = new Phone();
  await phone.open();
});
afterEach(() => {
  phone.end();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("takes a code from two pictures, not twice from the same", async () => {
  phone.detect.mockImplementation(code);
  await phone.look(1);
  await phone.look(5, false);
  expect(phone.said).toEqual(["opened"]);
  await phone.look(1);
  expect(phone.said).toEqual(["opened", "PAL-6"]);
});

it("looks on where a browser has no time for its picture", async () => {
  phone.video.currentTime = 0;
  phone.detect.mockImplementation(code);
  await phone.look(2, false);
  expect(phone.said).toEqual(["opened", "PAL-6"]);
});

it("says that a reader has stopped, and not for a picture that it could not read", async () => {
  phone.detect.mockImplementationOnce(broken).mockImplementationOnce(broken);
  await phone.look(3);
  phone.detect.mockImplementationOnce(broken).mockImplementationOnce(broken);
  await phone.look(3);
  expect(phone.said).toEqual(["opened"]);
  phone.detect.mockImplementation(broken);
  await phone.look(3);
  expect(phone.said).toEqual(["opened", "lost"]);
  await phone.look(5);
  expect(phone.said).toEqual(["opened", "lost"]);
});

it("says that a picture stands still, and not after a moment of it", async () => {
  for (let i = 0; i < 3; i++) {
    await phone.look(1);
    await phone.look(20, false);
  }
  expect(phone.said).toEqual(["opened"]);
  await phone.look(40, false);
  expect(phone.said).toEqual(["opened", "lost"]);
});

it("says that somebody else has taken the camera, but not when it was closed", () => {
  phone.ended();
  expect(phone.said).toEqual(["opened", "lost"]);
  phone.end();
  phone.ended();
  expect(phone.said).toEqual(["opened", "lost"]);
});
