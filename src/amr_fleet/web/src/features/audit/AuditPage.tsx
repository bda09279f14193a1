import { Button, Select, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { Facts, Site } from "../../shared/api/types";
import { type Texts, useTexts } from "../../shared/i18n/texts";
import { csv, saveFile } from "../../shared/ui/save";
import { AUDIT_PAGE, auditApi, type AuditRow } from "./api";
import { content } from "./content";
import { isWord, useWords, type Word } from "./hooks";

type Words = (key: Word, facts?: Facts) => string;

/** Who did what, when, and what came of it, newest first. */
export default function AuditPage() {
  const texts = useTexts();
  const w = useWords();
  const site = useSite();
  const [user, setUser] = useState("");
  const [names, setNames] = useState<string[]>([]);
  const [search, setSearch] = useState("");
  const query = useInfiniteQuery({
    queryKey: ["audit", user],
    queryFn: async ({ pageParam }) => {
      const { audit } = await auditApi.audit(user, pageParam);
      setNames((old) => [...new Set([...old, ...audit.map((row) => row.name)])].filter((name) => name !== "").sort()); // strangers have none
      return audit;
    },
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < AUDIT_PAGE ? undefined : last[last.length - 1]?.id),
  });
  const rows = query.data?.pages.flat();
  const wanted = search.trim().toLowerCase();
  const shown = rows?.filter((row) => [row.name, action(row, w), row.what, row.result].some((text) => text.toLowerCase().includes(wanted)));
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{w("audit.title")}</h2>
          <div className="page-tools">
            <TextInput className="wide-search" placeholder={w("audit.search")} aria-label={w("audit.search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
            <Select
              aria-label={w("audit.col.who")}
              data={[{ value: "", label: w("audit.user") }, ...names.map((name) => ({ value: name, label: name }))]}
              value={user}
              onChange={(v) => setUser(v ?? "")}
              allowDeselect={false}
              searchable
            />
            <Button variant="default" disabled={shown === undefined || shown.length === 0} onClick={() => saveFile("audit.csv", table(shown ?? [], texts, w, site), "text/csv")}>
              {w("audit.csv")}
            </Button>
          </div>
        </div>
        {error !== null && <p className="form-error">{texts.code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{texts.t("app.loading")}</p>}
        {shown?.length === 0 && <p className="empty">{w("audit.none")}</p>}
        {shown !== undefined && shown.length > 0 && <Table rows={shown} />}
        {query.hasNextPage && (
          <p className="empty">
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {w("audit.more")}
            </Button>
          </p>
        )}
      </div>
    </main>
  );
}

function action(row: AuditRow, w: Words): string {
  const key = `did.${row.action}`;
  return isWord(key) ? w(key) : row.action;
}

/** What the sentence of a refusal may need, as far as the request itself tells. */
function facts(row: AuditRow): Facts {
  try {
    const what = JSON.parse(row.what) as Facts;
    return { role: row.role, ...(what.name === undefined ? {} : { user: what.name }), ...what };
  } catch {
    return { role: row.role }; // shortened
  }
}

function result(row: AuditRow, { code }: Texts, w: Words, site: Site | undefined): string {
  if (row.result === "ok") return w("audit.ok");
  if (row.result === "request.invalid") return w("audit.invalid");
  const sentence = code(row.result, facts(row), site);
  return sentence.includes("?") ? w("audit.refused", { code: row.result }) : sentence; // "?": a fact that only the answer had
}

const COLUMNS = ["at", "who", "action", "what", "result"] as const;
const SHOWN = 3;

function when(row: AuditRow, { lang }: Texts): string {
  return new Date(row.at * 1000).toLocaleString(lang === "vi" ? "vi-VN" : "en-GB");
}

/** The rows as a CSV file, with whole lists. */
function table(rows: AuditRow[], texts: Texts, w: Words, site: Site | undefined): string {
  const said = rows.map((row) => [when(row, texts), row.name, action(row, w), content(row.what, texts, w, site), result(row, texts, w, site)]);
  return csv([COLUMNS.map((name) => w(`audit.col.${name}`)), ...said]);
}

/** What was asked for; long lists open. */
function What({ row, w, site }: { row: AuditRow; w: Words; site: Site | undefined }) {
  const texts = useTexts();
  const whole = content(row.what, texts, w, site);
  const short = content(row.what, texts, w, site, SHOWN);
  if (whole === short) return whole;
  return (
    <details>
      <summary>{short}</summary>
      {whole}
    </details>
  );
}

function Table({ rows }: { rows: AuditRow[] }) {
  const texts = useTexts();
  const { t } = texts;
  const w = useWords();
  const site = useSite();
  return (
    <table className="table table-cards" data-testid="audit">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name}>{w(`audit.col.${name}`)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="nowrap">{when(row, texts)}</td>
            <td>
              {row.name}
              <div className="row-dim">{[row.role === "" ? "" : t(`role.${row.role}`), row.client].filter(Boolean).join(" · ")}</div>
            </td>
            <td>{action(row, w)}</td>
            <td className="row-dim import-line">
              <What row={row} w={w} site={site} />
            </td>
            <td className={row.result === "ok" ? "" : "text-amber"}>{result(row, texts, w, site)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
