const LONGEST = 1280;
const QUALITY = 0.8;
/** Side of a covering square, as a share of the picture's shorter side. */
const COVER = 0.12;

/** Draw a picture from the camera, small and without what its file says beside it; false when it is none. */
export async function drawn(file: Blob, canvas: HTMLCanvasElement): Promise<boolean> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return true;
  } catch {
    return false;
  }
}

/** Cover what is under a finger (px of the canvas) with its mean colour; nothing under it is kept. */
export function cover(canvas: HTMLCanvasElement, x: number, y: number): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const side = Math.max(8, Math.round(COVER * Math.min(canvas.width, canvas.height)));
  const [left, top] = [Math.max(0, Math.round(x - side / 2)), Math.max(0, Math.round(y - side / 2))];
  const { data } = context.getImageData(left, top, side, side);
  const sum = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) for (const c of [0, 1, 2]) sum[c] = (sum[c] ?? 0) + (data[i + c] ?? 0);
  const mean = sum.map((value) => Math.round(value / (data.length / 4)));
  context.fillStyle = `rgb(${mean.join(" ")})`;
  context.fillRect(left, top, side, side);
}

/** The picture as base64. */
export function encoded(canvas: HTMLCanvasElement): string {
  return canvas.toDataURL("image/jpeg", QUALITY).replace(/^data:[^,]*,/, "");
}
