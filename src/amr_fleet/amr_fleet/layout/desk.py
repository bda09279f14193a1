"""What the layout editor asks: the running site's text as it was at the start, drafts, and who judges them."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.site import site_dir
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.layout.drafts import DraftStore, LayoutDraft
from amr_fleet.layout.dry_figures import HORIZON_S, PATIENCE_S, DryRunResult
from amr_fleet.layout.judge import LayoutVerdict, Parts, judge, parts_of, running_site
from amr_fleet.layout.worker import LayoutWorker

CHECK_S: Final = 20.0
"""s for a check; one takes 0.3 s at the reference site."""
TRY_S: Final = PATIENCE_S + 30.0
"""s for a dry run, what its last steps take included."""


class LayoutDesk:
    """Safe to call from several threads."""

    def __init__(
        self,
        text: str,
        drafts: DraftStore,
        settings: FleetSettings | None = None,
        *,
        horizon: float = HORIZON_S,
        inside: bool = False,
    ) -> None:
        """text: of the running site's file. horizon: s of operation of a dry run. inside: without processes, for tests.

        Raises site.unreadable or site.invalid.
        """
        self.text, self.drafts = text, drafts
        self.running = hashlib.sha256(text.encode()).hexdigest()[:16]
        site = running_site(text)
        self.site_id, self.size, self.parts = site.id, site.size, parts_of(site)
        self._settings, self._horizon = settings or FleetSettings(), horizon
        self._checks = LayoutWorker(CHECK_S, inside=inside)
        self._tries = LayoutWorker(TRY_S, inside=inside, loads="amr_fleet.layout.dry_run")

    def keep(self, user: str, revision: str, parts: dict[str, Any]) -> LayoutDraft:
        """Keep a draft. It stays of the site that it was begun on, unless it is now what runs. Raises as drafts.put."""
        return self.drafts.put(user, revision, self.running, parts, anew=parts == self.parts)

    def whole(self, draft: LayoutDraft | None) -> dict[str, Any]:
        """Return the parts of a draft, else of the running site; sections that it does not know are as they run."""
        return {**self.parts, **(draft.parts if draft is not None else {})}

    def check(self, parts: Parts) -> Future[LayoutVerdict]:
        """Return what a draft is and what is wrong with it, to come."""
        return self._checks.ask(judge, self.text, parts)

    def try_out(self, parts: Parts) -> Future[DryRunResult]:
        """Return how a draft does beside the running site, to come; layout.has_errors where it cannot be tried."""
        return self._tries.ask(_dry_run, self.text, parts, self._settings, self._horizon)

    def close(self) -> None:
        """End the processes."""
        self._checks.close()
        self._tries.close()


def _dry_run(text: str, parts: Parts, settings: FleetSettings, horizon: float) -> DryRunResult:
    # Where it runs, and not where it is asked for: it takes the whole engine.
    from amr_fleet.layout.dry_run import dry_run

    return dry_run(text, parts, settings, horizon)


def desk_of(site_name: str, drafts: DraftStore, settings: FleetSettings) -> LayoutDesk | None:
    """Return the desk of a site by name or path; None where its file cannot be read any more."""
    try:
        text = (site_dir(site_name) / "site.yaml").read_text(encoding="utf-8")
        return LayoutDesk(text, drafts, settings)
    except (AmrError, OSError, ValueError):
        return None
