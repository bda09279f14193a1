"""Run inside the environment of validators-crate.lock: roc-validator on RO-Crates, without any network.

Usage: crate.py CONTEXT FOLDER ...   (CONTEXT: the JSON-LD context of RO-Crate 1.2, as its makers publish it)

What must hold decides; what should is counted. A copy without the licence must be refused. Prints one JSON object
{judge: {ok, told}} and exits with 1 if one of them is not ok.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

CONTEXT = "https://w3id.org/ro/crate/1.2/context"


def seeded(cache: Path, context: Path) -> None:
    """Put the context into the validator's cache as if it had been fetched."""
    from requests import PreparedRequest, Response
    from requests.adapters import BaseAdapter
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    class FromFile(BaseAdapter):
        def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
            found = Response()
            found.status_code, found.url, found.request = 200, str(request.url), request
            found.headers["Content-Type"] = "application/ld+json"
            found._content = context.read_bytes()
            found.raw = HTTPResponse(body=found._content, status=200, request_method="GET", request_url=found.url)
            return found

        def close(self) -> None:
            pass

    with CachedSession(cache_name=str(cache), backend="sqlite", expire_after=-1) as session:
        session.mount(CONTEXT, FromFile())
        session.get(CONTEXT)


def validated(folder: Path, cache: Path) -> dict[str, list[str]]:
    """Return the checks by what came of them: passed, skipped, must (broken), should (broken)."""
    from rocrate_validator.models import Severity, ValidationSettings
    from rocrate_validator.services import validate

    settings = ValidationSettings(
        rocrate_uri=str(folder), profile_identifier="ro-crate-1.2", requirement_severity=Severity.RECOMMENDED,
        offline=True, cache_path=cache, abort_on_first=False,
    )  # fmt: skip
    result = validate(settings)
    told = result.statistics
    found = {
        "passed": [x.identifier for x in told.passed_checks],
        "skipped": [x.identifier for x in told.skipped_checks],
    }
    for name, severity in (("must", Severity.REQUIRED), ("should", Severity.RECOMMENDED)):
        wrong = {issue.check.identifier: issue.message for issue in result.get_issues() if issue.severity == severity}
        found[name] = [f"{key} {message}" for key, message in sorted(wrong.items())]
    return found


def without_licence(folder: Path, copy: Path) -> None:
    """Write a crate as another one is, but for the licence of its root."""
    shutil.copytree(folder, copy)
    crate = copy / "ro-crate-metadata.json"
    about = json.loads(crate.read_text(encoding="utf-8"))
    (root,) = (one for one in about["@graph"] if one["@id"] == "./")
    del root["license"]
    crate.write_text(json.dumps(about), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Judge the crates."""
    verdicts = {}
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary) / "cache"
        seeded(cache, Path(arguments[0]))
        for number, folder in enumerate(map(Path, arguments[1:])):
            found = validated(folder, cache)
            copy = Path(temporary) / str(number)
            without_licence(folder, copy)
            refused = bool(validated(copy, cache)["must"])
            told = f"{len(found['passed'])} checks pass, {len(found['skipped'])} do not apply"
            told += f", {len(found['should'])} that should hold do not"
            told += f"; without a licence {'refused' if refused else 'TAKEN'}"
            told += "".join(f"; BROKEN: {one}" for one in found["must"][:5])
            name = f"RO-Crate 1.2 of {folder.name} (roc-validator {version('roc-validator')})"
            verdicts[name] = {"ok": not found["must"] and bool(found["passed"]) and refused, "told": told}
    print(json.dumps(verdicts))
    return 0 if all(verdict["ok"] for verdict in verdicts.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
