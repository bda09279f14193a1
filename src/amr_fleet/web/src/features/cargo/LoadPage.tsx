import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useOwnTexts } from "./own_texts";
import { Fact } from "../../shared/ui/Fact";
import { cargoApi } from "./api";
import { Custody, Where } from "./Custody";
import { CustomsHold } from "./CustomsHold";

/** One load: what it is, where it is, who had it. */
export default function LoadPage() {
  const { id = "" } = useParams<{ id: string }>();
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["cargo", "one", id], queryFn: () => cargoApi.load(id), refetchInterval: 3000, retry: false });
  const error = query.error === null ? null : asApiError(query.error);
  const load = query.data;
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/cargo">{t("nav.cargo")}</Link>
        </p>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {load !== undefined && (
          <>
            <div className="page-head">
              <h2>{t("cargo.one", { load: load.load_id })}</h2>
            </div>
            <div className="cards">
              <section className="card">
                <h3>{t("order.about")}</h3>
                <dl className="facts">
                  <Fact name={t("cargo.kind")}>{t(`cargo.kind.${load.kind === "" ? "none" : load.kind}`)}</Fact>
                  <Fact name={t("cargo.where")}>
                    <Where load={load} />
                  </Fact>
                  <Fact name={t("cargo.lot")}>{load.lot || "–"}</Fact>
                  <Fact name={t("cargo.container")}>{load.container || "–"}</Fact>
                  <Fact name={t("cargo.customer")}>{load.customer || "–"}</Fact>
                </dl>
                <CustomsHold load={load} />
              </section>
              <section className="card">
                <h3>{t("cargo.custody")}</h3>
                <Custody load={load} />
              </section>
            </div>
          </>
        )}
      </div>
    </main>
  );
}
