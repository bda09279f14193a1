"""Reports that a robot sends when it is asked: its log, bounded and in order; rubbish is refused."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.log_tail import last_log, log_folder
from amr_core.robot_report import LONGEST_LOG, MOST, checked, from_text, plain_log, to_text

JPEG = b"\xff\xd8\xff\xe0 picture"


def line(at: float, words: str) -> str:
    return f"[INFO] [{at:.9f}] [amr_01.agent]: {words}\n"


def test_the_last_lines_of_all_processes_come_by_time_and_a_traceback_stays_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line(1.0, "one") + line(4.0, "four") + "Traceback\n  in f\n")
    (tmp_path / "b.log").write_text(line(2.0, "two") + line(5.0, "five"))
    (tmp_path / "c.txt").write_text("no log")
    told = plain_log(last_log(tmp_path)).splitlines()
    assert [words.rpartition(": ")[2] for words in told] == ["one", "two", "four", "Traceback", "  in f", "five"]


def test_only_the_end_of_the_newest_files_is_sent_and_never_more_than_may_be(tmp_path: Path) -> None:
    chance = random.Random(1)
    for number in range(20):
        rows = [line(number * 1000.0 + k, f"{number}-{k} {chance.getrandbits(400):x}") for k in range(2000)]
        file = tmp_path / f"{number}.log"
        file.write_text("".join(rows))
        os.utime(file, (number, number))
    packed = last_log(tmp_path)
    text = plain_log(packed)
    assert MOST // 3 < len(packed) <= MOST  # this hardly packs: the end that fits
    assert text.startswith("[INFO]")
    assert text.endswith("\n")
    assert "] [amr_01.agent]: 19-1999 " in text.splitlines()[-1]
    assert len(plain_log(gzip.compress(b"x" * 5_000_000))) == LONGEST_LOG  # a bomb stays small


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert plain_log(last_log(tmp_path / "nowhere")) == ""
    (tmp_path / "folder.log").mkdir()
    assert plain_log(last_log(tmp_path)) == ""


def test_logs_lie_where_ros_puts_them() -> None:
    assert log_folder({"ROS_LOG_DIR": "/var/log/x", "ROS_HOME": "/y"}) == Path("/var/log/x")
    assert log_folder({"ROS_HOME": "/y"}) == Path("/y/log")
    assert log_folder({}) == Path("~/.ros/log").expanduser()


def test_a_report_comes_back_as_it_was() -> None:
    for report in (checked("picture", JPEG), checked("log", gzip.compress(b"words"))):
        assert from_text(to_text(report)) == report


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "7", "null", '{"what": "log"}', '{"what": "log", "content": 3}',
        '{"what": "log", "content": "ä"}',
        json.dumps({"what": "film", "content": base64.b64encode(JPEG).decode()}),
        json.dumps({"what": "log", "content": base64.b64encode(JPEG).decode()}),
        json.dumps({"what": ["log"], "content": ""}), json.dumps({"what": "picture", "content": ""}),
        json.dumps({"what": "picture", "content": base64.b64encode(JPEG + bytes(MOST)).decode()}), "[" * 100_000,
    ],
)  # fmt: skip
def test_rubbish_is_no_report(text: str) -> None:
    with pytest.raises(AmrError) as caught:
        from_text(text)
    assert caught.value.code == "message.invalid"


def test_what_is_no_gzip_file_is_no_log() -> None:
    with pytest.raises(AmrError):
        plain_log(b"\x1f\x8b nonsense")
