import "./styles.css";

import { useState } from "react";

import { address } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { Word } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";
import type { Load } from "./api";
import { useWords } from "./use_words";

/** What people at its places said of a load, with their pictures while those are kept. */
export function Words({ load }: { load: Load }) {
  const t = useWords();
  return (
    <>
      {load.said.map((word) => (
        <Line key={`${word.at} ${word.said} ${word.user}`} word={word} />
      ))}
      {load.said.some((word) => word.photos.length > 0) && <li className="row-dim custody-kept">{t("words.photos_kept")}</li>}
    </>
  );
}

function Line({ word }: { word: Word }) {
  const t = useWords();
  const { place } = useTexts();
  const site = useSite();
  const bad = word.said === "wrong" || word.said === "damaged";
  return (
    <li>
      <time>{clock(word.at)}</time>
      <span>
        {t("words.by", { user: word.user, place: place(word.place, site) })} <span className={bad ? "text-red" : "row-dim"}>{t(`words.${word.said}`)}</span>
        {[word.read, word.text].filter((text) => text !== "").map((text) => ` · ${text}`)}
        {word.photos.map((photo, i) => (
          <Picture key={photo} photo={photo} n={i + 1} user={word.user} />
        ))}
      </span>
    </li>
  );
}

function Picture({ photo, n, user }: { photo: string; n: number; user: string }) {
  const t = useWords();
  const [gone, setGone] = useState(false);
  const src = address("/api/v1/photos/{photo}", { path: { photo } });
  if (gone) return <span className="row-dim"> · {t("words.gone", { n })}</span>;
  return (
    <a href={src} target="_blank" rel="noreferrer" className="custody-picture">
      <img src={src} alt={t("words.photo", { n, user })} width={200} onError={() => setGone(true)} />
    </a>
  );
}
