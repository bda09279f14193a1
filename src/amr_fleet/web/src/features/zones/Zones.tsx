import "./styles.css";

import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { Keys } from "../../shared/api/key";
import type { TempZone, XY, ZoneKind } from "../../shared/api/types";
import { clock, isKey, type Texts, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { byCamera, zoneName } from "../../shared/live/zones";
import { useMayOperate } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { NumberField } from "../../shared/ui/NumberField";
import { useDrawing } from "../map/drawing";
import { Effect } from "../whatif/Effect";
import { type NewZone as Wish, zonesApi } from "./api";

/** Temporary zones: draw one, see which are in force, lift them. */
export function Zones() {
  const { t } = useTexts();
  const zones = useLive((s) => s.panel?.zones) ?? [];
  const mayOperate = useMayOperate();
  return (
    <div className="form">
      {mayOperate ? <NewZone /> : <p className="hint">{t("role.view_only")}</p>}
      <h3 className="panel-title">{t("zones.list")}</h3>
      {zones.length === 0 && <p className="empty">{t("zones.none")}</p>}
      <ul className="list">
        {zones.map((zone) => (
          <Row key={zone.zone_id} zone={zone} mayOperate={mayOperate} />
        ))}
      </ul>
    </div>
  );
}

function Row({ zone, mayOperate }: { zone: TempZone; mayOperate: boolean }) {
  const { t, num } = useTexts();
  const clear = useCommand(() => zonesApi.clearZone(zone.zone_id));
  const press = async (): Promise<void> => {
    const yes = await ask({
      title: t("ask.clear_zone.title", { zone: byCamera(zone) ? zoneName(zone) : zone.zone_id }),
      body: t("ask.clear_zone.body", { text: byCamera(zone) ? seen(zone, t) : zone.text }),
      confirm: t("zones.clear"),
    });
    if (yes) clear.mutate(undefined);
  };
  return (
    <li className="row zone-row" data-testid={`zone-${zone.zone_id}`}>
      <div className="zone-text">
        <b>
          {byCamera(zone) ? zoneName(zone) : zone.zone_id} · {t(`zone.${zone.kind}`)}
          {zone.kind === "slow" && ` ${num(zone.max_speed, 1)} m/s`}
        </b>
        <span>
          {byCamera(zone) ? seen(zone, t) : zone.text}
          {zone.elements.length > 0 && ` (${t("zones.lanes", { lanes: zone.elements.join(", ") })})`}
        </span>
        <span className="row-dim">
          {byCamera(zone) ? clock(zone.since) : t("zones.by", { user: zone.user, time: clock(zone.since) })}, {zone.until > 0 ? t("zones.until", { time: clock(zone.until) }) : t("zones.open_end")}
        </span>
      </div>
      {mayOperate && (
        <button type="button" className="small" disabled={clear.isPending} onClick={() => void press()}>
          {t("zones.clear")}
        </button>
      )}
    </li>
  );
}

/** What the camera sees there, in words. */
function seen(zone: TempZone, t: Texts["t"]): string {
  const key = zone.code.replace("camera.", "camera.event.");
  return t(isKey(key) ? key : "camera.event.blind");
}

function NewZone() {
  const { t } = useTexts();
  const { active, area, lanes, start, stop, clear } = useDrawing();
  const choosing = active === "zone" || active === "lanes";
  if (active === "lanes") {
    return (
      <>
        <h3 className="panel-title">{t("zones.new")}</h3>
        <p className="form-done">{lanes.length === 0 ? t("zones.lanes_hint") : t("zones.lanes", { lanes: lanes.join(", ") })}</p>
        <div className="button-row">
          <Button variant="default" onClick={clear}>
            {t("zones.stop")}
          </Button>
          <Button disabled={lanes.length === 0} onClick={stop}>
            {t("zones.lanes_done")}
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      <h3 className="panel-title">{t("zones.new")}</h3>
      {area === null && lanes.length === 0 && !choosing && (
        <div className="button-row">
          <Button onClick={() => start("zone")}>{t("zones.draw")}</Button>
          <Button variant="default" onClick={() => start("lanes")}>
            {t("zones.pick_lanes")}
          </Button>
        </div>
      )}
      {choosing && (
        <Button variant="default" onClick={clear}>
          {t("zones.stop")}
        </Button>
      )}
      {(area !== null || lanes.length > 0) && <ZoneForm area={area} lanes={lanes} />}
    </>
  );
}

function ZoneForm({ area, lanes }: { area: XY[] | null; lanes: string[] }) {
  const { t, num } = useTexts();
  const { start, clear } = useDrawing();
  const [kind, setKind] = useState<ZoneKind>("closed");
  const [text, setText] = useState("");
  const [speed, setSpeed] = useState<number>(0.3);
  const [minutes, setMinutes] = useState(0);
  const [missing, setMissing] = useState(false);
  const reason = useRef<HTMLInputElement>(null);
  // The one thing that must be typed; under a finger the keyboard of the screen would hide the map.
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) reason.current?.focus({ preventScroll: true });
  }, []);
  const [a, , c] = area ?? [];
  const [keys] = useState(() => new Keys()); // a lane that is closed twice stays closed when one of them is lifted
  const set = useCommand(
    (zone: Wish) => zonesApi.setZone(zone, keys.of(JSON.stringify(zone))),
    (zone: TempZone) => {
      note(t("zones.set_note", { zone: zone.zone_id }));
      keys.done();
      clear();
    },
  );
  const submit = (): void => {
    setMissing(text.trim() === "");
    if (text.trim() === "") return;
    set.mutate({
      kind,
      ...(area === null ? { lanes } : { polygon: area }),
      text: text.trim(),
      ...(kind === "slow" ? { max_speed: speed } : {}),
      ...(minutes === 0 ? {} : { minutes }),
    });
  };
  return (
    <>
      <p className="form-done">
        {area === null ? t("zones.lanes", { lanes: lanes.join(", ") }) : t("zones.drawn", { width: num((c?.[0] ?? 0) - (a?.[0] ?? 0), 1), height: num((c?.[1] ?? 0) - (a?.[1] ?? 0), 1) })}
      </p>
      <SegmentedControl
        aria-label={t("zones.kind")}
        value={kind}
        onChange={(value) => setKind(value)}
        data={(["closed", "hold", "slow"] as const).map((value) => ({ value, label: t(`zone.${value}`) }))}
        orientation="vertical"
        fullWidth
      />
      {kind === "slow" && (
        <NumberField label={t("zones.speed")} value={speed} otherwise={0.3} onChange={setSpeed} min={0.05} max={2} step={0.1} decimalScale={2} />
      )}
      <TextInput
        ref={reason}
        label={t("zones.why")}
        placeholder={t("zones.why_hint")}
        value={text}
        maxLength={64}
        error={missing ? t("zones.need_why") : null}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      <NumberField label={t("zones.minutes")} description={t("zones.minutes_hint")} value={minutes} min={1} max={10080} otherwise={0} mayBeEmpty onChange={setMinutes} />
      <p className="hint">{t("zones.caution")}</p>
      {kind !== "slow" && <Effect change={{ zones: [{ kind, ...(area === null ? { lanes } : { polygon: area }), text: t("zones.new") }] }} />}
      <div className="button-row">
        <Button variant="default" onClick={() => start(area === null ? "lanes" : "zone")}>
          {t("zones.draw_again")}
        </Button>
        <Button variant="default" onClick={clear}>
          {t("zones.stop")}
        </Button>
        <Button onClick={submit} loading={set.isPending}>
          {t("zones.set")}
        </Button>
      </div>
    </>
  );
}
