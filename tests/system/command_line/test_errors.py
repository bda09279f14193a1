"""Wrong input to the `amr` command is one clear line with a code and a non-zero exit."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

AMR = str(Path(sys.executable).with_name("amr"))


def amr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AMR, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "--site", "lab", "--robots", "0"), "run.robot_count"),
        (("run", "--site", "lab", "--robots", "500"), "run.robot_count"),
        (("run", "--site", "nowhere"), "site.unknown"),
        (("run", "--site", "lab", "--rtf", "fast"), "run.bad_option"),
        (("run", "--site", "lab", "--rtf", "-1"), "run.bad_option"),
        (("run", "--site", "lab", "--rtf", "nan"), "run.bad_option"),
        (("run", "--site", "lab", "--orders", "0"), "run.bad_option"),
        (("run", "--site", "lab", "--orders-per-hour", "-5"), "run.bad_option"),
        (("run", "--site", "lab", "--headless", "--report", "/no/such/folder/run.json"), "run.bad_option"),
        (("demo", "--site", "lab", "--port", "0"), "run.bad_option"),
        (("demo", "--site", "lab", "--robots", "99"), "run.robot_count"),
        (("site", "lint", "nowhere"), "site.unknown"),
        (("site", "build", "nowhere"), "site.unknown"),
    ],
)
def test_one_clear_error(arguments: tuple[str, ...], code: str) -> None:
    done = amr(*arguments)
    assert done.returncode == 2, done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert f"[{code}]" in lines[0]


def test_unreadable_site_file(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_bytes(b"\xff\xfe: [not yaml")
    done = amr("run", "--site", str(tmp_path))
    assert done.returncode == 2
    assert "[site.unreadable]" in done.stderr


def test_taken_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = amr("demo", "--site", "lab", "--port", str(other.getsockname()[1]))
    assert done.returncode == 2
    assert "[run.port_taken]" in done.stderr
