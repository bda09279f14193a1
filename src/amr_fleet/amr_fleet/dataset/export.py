"""A period of the journal as a dataset: stage by stage into a temporary place, which gets its name in the end."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site
from amr_fleet.dataset import privacy, texts
from amr_fleet.dataset.about import LICENCES, SUMS, About, files_in
from amr_fleet.dataset.calendar import DEFAULT_EPOCH, Calendar, stretch
from amr_fleet.dataset.crate import ro_crate
from amr_fleet.dataset.journal_stage import READ, common_values, journal_stage
from amr_fleet.dataset.package_json import croissant, datapackage
from amr_fleet.dataset.people import CameraCounts
from amr_fleet.dataset.pseudonyms import Pseudonyms, fresh_key, kept_key, seeded_key
from amr_fleet.dataset.recordings import filter_recordings
from amr_fleet.dataset.release import DatasetRelease, ReleaseProfile, places_of, robots_of
from amr_fleet.dataset.schema import CAMERA_COUNTS, DICTIONARY_COLUMNS, TRACKS, dictionary
from amr_fleet.dataset.staging import Staging, staged
from amr_fleet.dataset.tracks_rows import PoseRecording, TrackRows
from amr_fleet.dataset.writers import TableWriters, arrow
from amr_fleet.epcis.names import EXAMPLE_PREFIX
from amr_fleet.fleet_time import DAY_S
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import TrackStore
from amr_fleet.store.verify import whole

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What to export. journal: a file or postgresql://...; tracks, recordings: what there is beside it.

    seed: for simulated data, the key and with it every byte comes from it; key: file of a partner's key. roles: of
    user names. site_files: path below site/ -> content. pose_recordings: tracks as MCAP; None = up to a day.
    """

    journal: str
    site: Site
    period: str
    profile: ReleaseProfile
    out: Path
    tracks: Path | None = None
    recordings: Sequence[Path] = ()
    epoch: date = DEFAULT_EPOCH
    seed: int | None = None
    key: Path | None = None
    prefix: str = EXAMPLE_PREFIX
    licence: str = "CC-BY-4.0"
    publisher: str = "Cảng Cái Cui"
    version: str = ""
    commit: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    site_files: Mapping[str, bytes] = field(default_factory=dict)
    pose_recordings: bool | None = None


@dataclass(frozen=True)
class Exported:
    """A release that is there. root: SHA-256 of its SHA256SUMS."""

    folder: Path
    files: int
    size: int
    root: str
    rows: Mapping[str, int]


def export(options: ExportOptions, say: Say = lambda _: None) -> Exported:
    """Write a release to options.out, or nothing.

    Raises dataset.no_pyarrow, dataset.period, dataset.empty, dataset.exists, dataset.busy, dataset.key,
    dataset.failed (a full disk), store.damaged (the journal is not what was written).
    """
    arrow()
    if options.licence not in LICENCES:
        known = ", ".join(LICENCES)
        raise AmrError("run.bad_option", option="--licence", value=options.licence[:32], reason=f"one of {known}")
    say("journal: is it whole?")
    found = whole(copies.look(options.journal))
    with closing(JournalStore(options.journal)) as journal:
        first, last, kinds = journal.census()
        if not kinds:
            raise AmrError("dataset.empty", period=options.period[:64], span="nothing")
        calendar = Calendar.of(last, options.epoch)
        span = stretch(options.period, calendar, first, last)
        plan = _Plan(options, calendar, {"entries": found.size, "root": found.root.hex()}, kinds)
        inputs = json.dumps([plan.fingerprint(), span.begin, span.end])
        with staged(options.out, hashlib.sha256(inputs.encode()).hexdigest()) as staging:
            key = _key(options, staging, calendar)
            published = calendar.shifted(key) if options.profile == "public" else calendar
            roadmap = build_roadmap(options.site)
            release = DatasetRelease(
                options.site.id, options.profile, calendar, published, span, Pseudonyms(key), places_of(options.site),
                frozenset(roadmap.nodes), robots_of(options.site),
            )  # fmt: skip
            kept, rare = common_values(journal, release)
            release = replace(release, kept=kept, zones=frozenset(zone.id for zone in options.site.zones))
            chargers = frozenset(node.id for node in roadmap.nodes.values() if node.kind == "charger")
            return plan.run(journal, release, staging, chargers, rare, say)


def _key(options: ExportOptions, staging: Staging, calendar: Calendar) -> bytes:
    if options.seed is not None:
        if not calendar.simulated:
            raise AmrError("dataset.key", reason="a seed makes a key that anybody can make: only for simulated data")
        return seeded_key(options.seed)
    if options.key is not None:
        if options.profile == "public":
            raise AmrError("dataset.key", reason="the key of a public release is made for it and destroyed")
        return kept_key(options.key)
    return staging.key(fresh_key)


@dataclass
class _Plan:
    options: ExportOptions
    calendar: Calendar
    records: dict[str, Any]
    kinds: Mapping[str, int]

    def fingerprint(self) -> list[Any]:
        """Return what the release is made of, so that stages of another one are not taken for its own."""
        o = self.options
        paths = [p for p in (o.tracks, *o.recordings) if p is not None and p.exists()]
        sizes = [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in paths]
        return [
            self.records, sizes, o.site.model_dump_json(), o.profile, str(o.epoch), o.seed, str(o.key), o.prefix,
            o.licence, o.publisher, o.version, o.commit, o.pose_recordings, sorted(o.roles.items()),
        ]  # fmt: skip

    def run(
        self,
        journal: JournalStore,
        release: DatasetRelease,
        staging: Staging,
        chargers: frozenset[str],
        rare: int,
        say: Say,
    ) -> Exported:
        """Do all stages; each one that was done before a kill is taken as it is."""
        o, work = self.options, staging.work
        main = staging.stage(
            "journal",
            lambda: journal_stage(
                journal, release, work, prefix=o.prefix, chargers=chargers, roles=o.roles, say=say
            ),
            say,
        )  # fmt: skip
        tracks = staging.stage("tracks", lambda: self._tracks(release, work, main["handled"], say), say)
        cameras = staging.stage("cameras", lambda: self._cameras(release, work), say)
        foreign = staging.stage("recordings", lambda: self._recordings(release, work), say)
        rows = {**main["rows"], **tracks["rows"], **cameras["rows"]}
        left_out = {kind: n for kind, n in sorted(self.kinds.items()) if kind not in READ}
        told = privacy.report(
            release, seeded=o.seed is not None, left_out=left_out, people=main["people"], rare=rare,
            tracks=tracks, cameras=cameras, recordings=foreign,
        )  # fmt: skip
        about = About(
            release, o.site.name_vi, o.site.name_en, LICENCES[o.licence], o.publisher, o.commit, o.version, rows,
            told, self.records,
        )  # fmt: skip
        say("metadata and checksums")
        return _metadata(about, work, o.site_files, o.out)

    def _tracks(
        self, release: DatasetRelease, work: Path, handled: dict[str, list[tuple[float, float]]], say: Say
    ) -> dict[str, Any]:
        folder = work / "recordings"
        folder.mkdir(exist_ok=True)
        tracks = TrackRows(release, handled)
        path = self.options.tracks
        with TableWriters((TRACKS,), work / "data") as table:
            if path is not None and path.exists():
                with closing(TrackStore(str(path))) as store:
                    self._days(tracks, store, table, folder, say)
            rows = dict(table.rows)
        return {"rows": rows, "cut": tracks.cut}

    def _days(self, tracks: TrackRows, store: TrackStore, table: TableWriters, folder: Path, say: Say) -> None:
        span, covered = tracks.release.stretch, store.span()
        wish = self.options.pose_recordings
        poses = span.end - span.begin <= DAY_S + 1.0 if wish is None else wish
        if covered is None:
            return
        day = max(span.begin, covered[0])
        end = min(span.end, covered[1] + 1.0)
        while day < end:
            after = min(day + DAY_S, end)
            path = folder / f"robots_{tracks.release.published.local(day)[:10]}.mcap"
            recording = PoseRecording(path, tracks.release)
            for frame in tracks.frames(store.read, day, after):
                for row in tracks.rows(frame):
                    table.add(TRACKS.name, row)
                if poses:
                    recording.add(frame)
            recording.close()
            if not recording.messages:
                path.unlink()
            say(f"tracks: {tracks.release.published.local(after)[:16]}")
            day = after

    def _cameras(self, release: DatasetRelease, work: Path) -> dict[str, Any]:
        counts = CameraCounts(release)
        with TableWriters((CAMERA_COUNTS,), work / "data") as table:
            for name, row in counts.rows(self.options.recordings):
                table.add(name, row)
            rows = dict(table.rows)
        return {
            "rows": rows, "left_out": counts.left_out, "small": counts.small, "messages": counts.messages,
            "broken": len(counts.broken),
        }  # fmt: skip

    def _recordings(self, release: DatasetRelease, work: Path) -> dict[str, Any]:
        dropped, broken = filter_recordings(self.options.recordings, work / "recordings", release)
        return {"dropped": dict(sorted(dropped.items())), "broken": len(broken)}


def _metadata(about: About, work: Path, site_files: Mapping[str, bytes], out: Path) -> Exported:
    (work / "site").mkdir(exist_ok=True)
    for name, content in site_files.items():
        (work / "site" / name).write_bytes(content)
    with (work / "dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(DICTIONARY_COLUMNS)
        lines.writerows(dictionary())
    _json(work / "anonymisation.json", about.privacy)
    for name, text in (
        ("README.md", texts.readme), ("DATASHEET.vi.md", texts.datasheet), ("LICENSE.txt", texts.licence_text)
    ):  # fmt: skip
        (work / name).write_text(text(about), encoding="utf-8")
    written = ("datapackage.json", "croissant.json", "ro-crate-metadata.json", SUMS)
    about = replace(about, files=list(files_in(work, without=written)))
    for name, make in (("datapackage.json", datapackage), ("croissant.json", croissant)):
        _json(work / name, make(about))
    about = replace(about, files=list(files_in(work, without=written[2:], known=about.files)))
    _json(work / "ro-crate-metadata.json", ro_crate(about))
    files = list(files_in(work, without=(SUMS,), known=about.files))
    sums = "".join(f"{f.sha256}  {f.path}\n" for f in files)
    (work / SUMS).write_text(sums, encoding="utf-8")
    root = hashlib.sha256(sums.encode()).hexdigest()
    return Exported(out, len(files) + 1, sum(f.size for f in files), root, dict(about.rows))


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
