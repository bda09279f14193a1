"""The dashboard's files: compressed where the browser takes it, and never from outside their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.api.dashboard_files import accepted, answer, inside


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", set()),
        ("gzip, deflate, br", {"gzip", "deflate", "br"}),
        ("GZIP;q=0.5, br;q=0", {"gzip"}),
        ("br; q=0.0, gzip ; q=1", {"gzip"}),
        ("br;q=much, gzip;level=9, ;;,", set()),
    ],
)
def test_an_accept_encoding_is_read_as_the_rfc_says(header: str, taken: set[str]) -> None:
    assert accepted(header) == taken


@pytest.mark.parametrize(
    ("header", "name", "encoding"),
    [
        ("gzip, br", "a.js.br", "br"),
        ("gzip", "a.js.gz", "gzip"),
        ("br;q=0, gzip;q=0", "a.js", None),
        ("", "a.js", None),
        ("zstd", "a.js", None),
    ],
)
def test_the_smallest_form_that_the_browser_takes_is_sent(
    tmp_path: Path, header: str, name: str, encoding: str | None
) -> None:
    for file in ("a.js", "a.js.gz", "a.js.br"):
        (tmp_path / file).write_text(file, encoding="utf-8")
    sent = answer(tmp_path / "a.js", header, "no-cache")
    assert Path(sent.path).name == name
    assert sent.headers.get("content-encoding") == encoding
    assert sent.headers["content-type"].startswith("text/javascript")
    assert sent.headers["vary"] == "Accept-Encoding"


def test_a_file_without_a_small_form_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "font.woff2").write_bytes(b"1")
    assert "content-encoding" not in answer(tmp_path / "font.woff2", "gzip, br", "no-cache").headers


@pytest.mark.parametrize("path", ["../secret", "a.js.gz", "a.js.br", "a\x00.js", "folder", ""])
def test_nothing_else_is_a_file_of_the_dashboard(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    for file in (root / "a.js", root / "a.js.gz", root / "a.js.br", tmp_path / "secret"):
        file.write_text("1", encoding="utf-8")
    assert inside(root, "a.js")
    assert not inside(root, path)
