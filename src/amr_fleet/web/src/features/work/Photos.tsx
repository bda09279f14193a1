import { type PointerEvent, useEffect, useRef, useState } from "react";

import { useWorkTexts } from "./own_texts";
import { cover, drawn, encoded } from "./picture";

export const MOST_PHOTOS = 4;

interface Shot {
  id: number;
  file: Blob;
}

/** Pictures of a load; a finger covers what nobody needs to see. read is called when the form is sent, and not while one is opened. */
export function Photos({ read, opening }: { read: (pictures: () => string[]) => void; opening: (some: boolean) => void }) {
  const t = useWorkTexts();
  const [shots, setShots] = useState<Shot[]>([]);
  const [bad, setBad] = useState(false);
  const canvases = useRef(new Map<number, HTMLCanvasElement>());
  const next = useRef(0);
  const [drawnOnes, setDrawn] = useState<readonly number[]>([]);
  const some = shots.some((shot) => !drawnOnes.includes(shot.id));
  useEffect(() => opening(some), [opening, some]);
  useEffect(() => read(() => shots.flatMap((shot) => encodedOf(canvases.current.get(shot.id)))));
  const take = (files: FileList | null): void => {
    setBad(false);
    const taken = [...(files ?? [])].map((file) => ({ id: next.current++, file }));
    setShots((old) => [...old, ...taken].slice(0, MOST_PHOTOS));
  };
  const remove = (id: number): void => setShots((old) => old.filter((shot) => shot.id !== id));
  return (
    <div className="work-photos">
      {shots.map((shot, i) => (
        <div key={shot.id} className="work-photo">
          <Shown
            file={shot.file}
            label={t("photo_nth", { n: i + 1 })}
            keep={(canvas) => {
              if (canvas === null) canvases.current.delete(shot.id);
              else canvases.current.set(shot.id, canvas);
              setDrawn([...canvases.current.keys()]);
            }}
            failed={() => {
              setBad(true);
              remove(shot.id);
            }}
          />
          <button type="button" className="work-button" onClick={() => remove(shot.id)}>
            {t("photo_drop", { n: i + 1 })}
          </button>
        </div>
      ))}
      {some && <p role="status">{t("photo_opening")}</p>}
      {bad && (
        <p className="form-error" role="alert">
          {t("photo_bad")}
        </p>
      )}
      {shots.length < MOST_PHOTOS && (
        <label className="work-button work-camera">
          <input
            type="file"
            accept="image/*"
            capture="environment"
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
          {t(shots.length === 0 ? "photo" : "photo_more")}
        </label>
      )}
      <p className="work-dim">{t("photo_rule")}</p>
    </div>
  );
}

function encodedOf(canvas: HTMLCanvasElement | undefined): string[] {
  return canvas === undefined ? [] : [encoded(canvas)];
}

interface ShownProps {
  file: Blob;
  label: string;
  keep: (canvas: HTMLCanvasElement | null) => void;
  failed: () => void;
}

function Shown({ file, label, keep, failed }: ShownProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const own = useRef({ keep, failed });
  useEffect(() => {
    own.current = { keep, failed };
  });
  useEffect(() => {
    const here = canvas.current;
    if (here === null) return undefined;
    void drawn(file, here).then((good) => (good ? own.current.keep(here) : own.current.failed()));
    return () => own.current.keep(null);
  }, [file]);
  const rub = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons === 0) return;
    const here = event.currentTarget;
    const box = here.getBoundingClientRect();
    cover(here, ((event.clientX - box.left) / box.width) * here.width, ((event.clientY - box.top) / box.height) * here.height);
  };
  return <canvas ref={canvas} aria-label={label} role="img" onPointerDown={rub} onPointerMove={rub} />;
}
