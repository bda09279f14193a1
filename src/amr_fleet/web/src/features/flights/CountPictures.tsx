import { stamp } from "../../shared/i18n/times";
import type { Flight } from "./api";
import { isUnderWay } from "./hooks";
import { useOwnTexts } from "./own_texts";
import { Picture } from "./Picture";

/** The picture of each cell where a count differs from the book; a load that nobody saw has none. */
export function CountPictures({ flight }: { flight: Flight }) {
  const { t } = useOwnTexts();
  const seen = flight.differences.filter((one) => one.cell !== "");
  if (seen.length === 0) return null;
  return (
    <>
      <h4>{t("flights.pictures_of_count")}</h4>
      <ul className="flights-points" data-testid="count-pictures">
        {seen.map((one) => {
          const what = [t(`flights.kind.${one.kind}`), one.load_id].filter(Boolean).join(" ");
          const when = one.taken > 0 ? stamp(one.taken) : "";
          return (
            <li key={one.cell} id={`picture-${one.cell}`} data-testid={`picture-${one.cell}`}>
              <Picture name={one.cell} photo={one.photo} refused={one.unkept} flying={isUnderWay(flight.state)} label={[one.cell, what, when].filter(Boolean).join(", ")} />
              <span>
                <b className="flights-cell">{one.cell}</b> {what}
                <span className="row-dim">{` ${when}`}</span>
              </span>
            </li>
          );
        })}
      </ul>
      <p className="row-dim">{t("flights.pictures_kept")}</p>
    </>
  );
}
