import { useSite } from "../../shared/api/site";
import type { Site } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import type { Aircraft, Flight, Flights } from "./api";
import { frame, legs, LOW, MID } from "./way";
import { useOwnTexts } from "./own_texts";

interface Props {
  flight: Flight;
  data: Flights;
  craft: Aircraft | null;
  /** How long the aircraft has said nothing (s); null: it speaks. */
  silence: number | null;
}

/** The part of the site below a flight, with its way coloured by height, the aircraft and the robots. */
export function FlightMap({ flight, data, craft, silence }: Props) {
  const { t, num, age } = useOwnTexts();
  const site = useSite();
  if (site === undefined) return null;
  const { plan } = flight;
  const [x, y, width, height] = frame([...plan.area, data.pad], site.size);
  const up = site.size[1];
  const outline = (points: readonly (readonly [number, number])[]): string => points.map(([px, py]) => `${px},${up - py}`).join(" ");
  return (
    <figure className="flights-map">
      <svg viewBox={`${x} ${y} ${width} ${height}`} role="img" aria-label={t("flights.map", { flight: flight.flight_id })} data-testid="flight-map">
        <Ground site={site} />
        {data.no_fly.map((region) => (
          <polygon key={region.name} points={outline(region.area)} className="flights-no-fly" />
        ))}
        <polygon points={outline(plan.area)} className="flights-area" />
        {legs(plan.way, data.ceiling).map(({ from, to, height: level }, i) => (
          <line key={i} x1={from[0]} y1={up - from[1]} x2={to[0]} y2={up - to[1]} className={`flights-way flights-${level}`} />
        ))}
        <g transform={`translate(${data.pad[0]} ${up - data.pad[1]})`}>
          <rect x={-0.8} y={-0.8} width={1.6} height={1.6} className="flights-pad" />
          <text className="flights-letter">H</text>
        </g>
        <Robots up={up} />
        {craft !== null && craft.x !== null && craft.y !== null && (
          <g transform={`translate(${craft.x} ${up - craft.y})`} data-testid="craft-on-map">
            <circle r={0.9} className={silence === null ? "flights-craft" : "flights-silent"} />
            <text x={1.3} y={0} className="flights-name">
              {silence === null ? `${num(craft.z, 1)} m` : t("flights.last_heard", { age: age(silence) })}
            </text>
          </g>
        )}
      </svg>
      <figcaption className="row-dim">
        {t("flights.legend")}
        <span className="flights-key flights-low" /> {t("flights.low", { z: num(LOW * data.ceiling, 1) })}
        {" · "}
        <span className="flights-key flights-mid" /> {t("flights.mid")}
        {" · "}
        <span className="flights-key flights-high" /> {t("flights.high", { z: num(MID * data.ceiling, 1) })}. {t("flights.legend_rest")}
      </figcaption>
    </figure>
  );
}

function Ground({ site }: { site: Site }) {
  const up = site.size[1];
  return (
    <>
      <rect width={site.size[0]} height={up} className="flights-floor" />
      {site.boxes.map((box, i) => (
        <rect
          key={i}
          x={-box.size_x / 2}
          y={-box.size_y / 2}
          width={box.size_x}
          height={box.size_y}
          transform={`translate(${box.x} ${up - box.y}) rotate(${(-180 * box.theta) / Math.PI})`}
          className="flights-box"
        />
      ))}
      {site.walls.map((wall, i) => (
        <polyline key={i} points={wall.points.map(([px, py]) => `${px},${up - py}`).join(" ")} className="flights-wall" />
      ))}
    </>
  );
}

function Robots({ up }: { up: number }) {
  const robots = useLive((s) => s.panel?.robots);
  return robots?.map((robot) =>
    robot.x === null || robot.y === null ? null : (
      <g key={robot.name} transform={`translate(${robot.x} ${up - robot.y})`}>
        <rect x={-0.6} y={-0.6} width={1.2} height={1.2} className="flights-robot" />
        <text y={1.7} className="flights-small">
          {robotLabel(robot.name)}
        </text>
      </g>
    ),
  );
}
