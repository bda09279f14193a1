import { TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useOwnTexts } from "./own_texts";
import { cargoApi, type Load } from "./api";
import { Where } from "./Custody";

/** Loads by number, lot, container or customer: where they are. */
export default function CargoPage() {
  const { t, code } = useOwnTexts();
  const [search, setSearch] = useState("");
  const query = useQuery({ queryKey: ["cargo", "search", search], queryFn: () => cargoApi.loads(search), refetchInterval: 5000, placeholderData: keepPreviousData });
  const error = query.error === null ? null : asApiError(query.error);
  const loads = query.data?.cargo;
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.cargo")}</h2>
          <div className="page-tools">
            <TextInput className="wide-search" placeholder={t("cargo.search")} aria-label={t("cargo.search")} maxLength={64} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
          </div>
        </div>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {loads?.length === 0 && <p className="card empty">{t(search === "" ? "cargo.none" : "cargo.no_match")}</p>}
        {loads !== undefined && loads.length > 0 && <Table loads={loads} />}
      </div>
    </main>
  );
}

function Table({ loads }: { loads: Load[] }) {
  const { t } = useOwnTexts();
  return (
    <table className="table table-cards">
      <thead>
        <tr>
          {(["load_id", "kind", "lot", "container", "customer", "where"] as const).map((name) => (
            <th key={name}>{t(`cargo.${name}`)}</th>
          ))}
          <th>{t("customs.title")}</th>
        </tr>
      </thead>
      <tbody>
        {loads.map((load) => (
          <Row key={load.load_id} load={load} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ load }: { load: Load }) {
  const { t } = useOwnTexts();
  const [, go] = useLocation();
  const path = `/cargo/${encodeURIComponent(load.load_id)}`;
  return (
    <tr className="link" data-testid={`load-${load.load_id}`} onClick={() => go(path)}>
      <td>
        <a href={path} onClick={(e) => e.preventDefault()}>
          <b>{load.load_id}</b>
        </a>
      </td>
      <td data-label={t("cargo.kind")}>{t(`cargo.kind.${load.kind === "" ? "none" : load.kind}`)}</td>
      <Cell label={t("cargo.lot")} value={load.lot} />
      <Cell label={t("cargo.container")} value={load.container} />
      <Cell label={t("cargo.customer")} value={load.customer} />
      <td data-label={t("cargo.where")}>
        <Where load={load} />
      </td>
      <td data-label={t("customs.title")} className={load.customs_hold ? "text-red" : "blank"}>
        {load.customs_hold ? t("customs.held") : "–"}
      </td>
    </tr>
  );
}

/** On a phone a line without a value is left out. */
function Cell({ label, value }: { label: string; value: string }) {
  return (
    <td data-label={label} className={value === "" ? "blank" : ""}>
      {value || "–"}
    </td>
  );
}
