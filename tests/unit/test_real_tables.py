"""Tables of real pictures that read further folders: bags of legs, boards, codes by kind, people by size, faults."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from amr_lab.perception_bench.codes import label
from amr_lab.perception_bench.real import boards, codes, containers, labels, legs, sizes, tags
from amr_lab.perception_bench.real.bag import BagPoses, BagScan, read_bag
from amr_lab.perception_bench.real.faults import FAULTS
from amr_lab.perception_bench.real.trial import one_fault, watch_of
from amr_perception.people.boxes import PictureBox

_BEAMS, _FIELD = 360, 4.0


def _field(**fields: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(k) + 1 + len(v)) + k.encode() + b"=" + v for k, v in fields.items())


def _record(body: bytes, **fields: bytes) -> bytes:
    header = _field(**fields)
    return struct.pack("<I", len(header)) + header + struct.pack("<I", len(body)) + body


def _header(time: float) -> bytes:
    return struct.pack("<IIII", 0, int(time), round(1e9 * (time % 1.0)), 5) + b"lidar"


def _scan(time: float, ranges: np.ndarray) -> bytes:
    numbers = struct.pack("<7fI", -_FIELD / 2, _FIELD / 2, _FIELD / (_BEAMS - 1), 0.0, 0.1, 0.05, 20.0, len(ranges))
    return _header(time) + numbers + ranges.astype("<f4").tobytes() + struct.pack("<I", 0)


def _poses(time: float, places: list[tuple[float, float]]) -> bytes:
    rows = np.array([(x, y, 0, 0, 0, 0, 1) for x, y in places], "<f8")
    return _header(time) + struct.pack("<I", len(places)) + rows.tobytes()


def _bag(messages: list[tuple[str, bytes]], compression: bytes = b"none") -> bytes:
    kinds = {"scan": b"sensor_msgs/LaserScan", "poses": b"geometry_msgs/PoseArray", "other": b"std_msgs/String"}
    inner = b""
    for k, (kind, name) in enumerate(kinds.items()):
        conn = struct.pack("<I", k)
        inner += _record(_field(topic=kind.encode(), type=name), op=b"\x07", conn=conn, topic=kind.encode())
    for kind, body in messages:
        inner += _record(body, op=b"\x02", conn=struct.pack("<I", list(kinds).index(kind)), time=bytes(8))
    return b"#ROSBAG V2.0\n" + _record(b"", op=b"\x03") + _record(inner, op=b"\x05", compression=compression)


def _walk(people: int = 1, start: float = 100.0) -> list[tuple[str, bytes]]:
    """Walkers on two legs before a wall at 5 m, seen by a lidar that stands still; a scan each 0.1 s."""
    angles = np.linspace(-_FIELD / 2, _FIELD / 2, _BEAMS)
    messages = [("other", b"\x02\0\0\0hi")]
    for k in range(60):
        ranges = np.minimum(5.0 / np.maximum(np.cos(angles), 0.05), 11.0)
        ways = [(2.5, -1.2 + 0.04 * k), (1.5, 1.6 - 0.02 * k)][:people]
        feet = [(x, y + side) for x, y in ways for side in (-0.12, 0.12)]
        for fx, fy in feet:
            away, off = np.hypot(fx, fy), np.abs(angles - np.arctan2(fy, fx))
            ranges = np.where(off < np.arcsin(0.06 / away), away - 0.05, ranges)
        messages += [("scan", _scan(start + 0.1 * k, ranges)), ("poses", _poses(start + 0.1 * k, feet))]
    return messages


def test_a_bag_gives_its_scans_and_poses_and_a_broken_one_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.bag"
    path.write_bytes(_bag(_walk()))
    found = read_bag(path)
    scans = [m for m in found if isinstance(m, BagScan)]
    poses = [m for m in found if isinstance(m, BagPoses)]
    assert (len(scans), len(poses), len(scans[0].ranges)) == (60, 60, _BEAMS)
    assert scans[3].time == pytest.approx(100.3)
    assert poses[0].places.tolist() == [[2.5, pytest.approx(-1.32)], [2.5, pytest.approx(-1.08)]]
    # Labels without a stamp of their own stand before the scan that they are of.
    path.write_bytes(_bag([("poses", _poses(0.0, [(1.0, 2.0)])), *_walk()]))
    assert read_bag(path)[0].time == pytest.approx(100.0)
    for rubbish in (b"", b"#ROSBAG V1.2\n", _bag(_walk())[:5000], _bag(_walk(), b"bz2")):
        path.write_bytes(rubbish)
        with pytest.raises(ValueError, match=r"bag|cut short|compressed"):
            read_bag(path)


def test_a_walker_of_a_bag_is_tracked_as_a_person(tmp_path: Path) -> None:
    assert [row.measured for row in legs.legs(tmp_path, 1)] == [False]
    (tmp_path / "legs").mkdir()
    (tmp_path / "legs" / "walk.bag").write_bytes(_bag(_walk()))
    (row,) = legs.legs(tmp_path, 1)
    assert (row.metrics["scans"], row.unmet) == (50, [])
    assert float(str(row.metrics["off_m_median"])) < 0.25
    # Two walkers are two, and not something between them; after scans that were taken out the tracker begins anew.
    (tmp_path / "legs" / "walk.bag").write_bytes(_bag([*_walk(2), *_walk(2, 120.0)[1:]]))
    (row,) = legs.legs(tmp_path, 1)
    assert (row.metrics["scans"], row.metrics["walkers"], row.metrics["switches"], row.unmet) == (100, 200, 0, [])
    (tmp_path / "legs" / "walk.bag").write_bytes(b"rubbish")
    assert "format 2.0" in legs.legs(tmp_path, 1)[0].note


def test_boards_without_pictures_or_with_a_wrong_file_say_what_is_missing(tmp_path: Path) -> None:
    assert "board.json" in boards.boards(tmp_path, 1)[0].note
    (tmp_path / "charuco" / "a").mkdir(parents=True)
    for text in (
        "{",
        "[]",
        json.dumps({"columns": 8, "rows": 6, "square": 0.04, "marker": 0.03, "dictionary": "NONE"}),
    ):
        (tmp_path / "charuco" / "a" / "board.json").write_text(text)
        (row,) = boards.boards(tmp_path, 1)
        assert (row.measured, "cannot be used" in row.note) == (False, True)
    facts = {"columns": 8, "rows": 6, "square": 0.04, "marker": 0.03, "dictionary": "DICT_5X5_100"}
    (tmp_path / "charuco" / "a" / "board.json").write_text(json.dumps(facts))
    assert "refused" in boards.boards(tmp_path, 1)[0].metrics  # no pictures at all


def test_codes_come_by_kind_and_category_and_say_which_pictures_are_missing(tmp_path: Path) -> None:
    blank = np.full((64, 64), 200, np.uint8)
    for place in ("barcodes/x/code128-1", "barcodes/x/datamatrix-2", "barcodes/x/ean13-1", "qr/close", "qr/lots"):
        (tmp_path / place).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / place / "1.png"), blank)
    (tmp_path / "qr" / "close" / "1.txt").write_text("# corners\n1 1 2 1 2 2 1 2\n")
    rows = {row.capability: row for row in codes.codes(tmp_path, 1)}
    assert rows["Code 128 on test photographs of zxing"].metrics["pictures"] == 1
    assert rows["QR on test photographs of zxing"].metrics["pictures"] == 0
    without = rows["pictures without a wanted code"]
    assert (without.metrics["pictures"], without.metrics["wrong"], without.unmet) == (1, 0, [])
    assert rows["QR photographs of phones (BoofCV set), close"].metrics["codes"] == 1
    assert "QR photographs of phones (BoofCV set), lots" not in rows
    assert "output.json" in rows["QR on test photographs of jsQR"].note


def test_a_code_that_is_read_as_another_text_misses_the_bar(tmp_path: Path) -> None:
    """Counted as read, a wrong SSCC would stand in the record of somebody else's load."""
    for name in ("right", "wrong", "nobody_says"):
        place = tmp_path / "barcodes" / "x" / "code128-1" / f"{name}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place), label("LOAD 17", "Code128"))
        case = tmp_path / "jsqr" / name
        case.mkdir(parents=True)
        cv2.imwrite(str(case / "input.png"), label("LOAD 17", "QRCode"))
    for name, text in (("right", "LOAD 17"), ("wrong", "LOAD 77")):
        (tmp_path / "barcodes" / "x" / "code128-1" / f"{name}.txt").write_text(text + "\n")
        said = {"data": text, "binaryData": list(text.encode())}
        (tmp_path / "jsqr" / name / "output.json").write_text(json.dumps(said))
    (tmp_path / "jsqr" / "nobody_says" / "output.json").write_text("null")
    rows = {row.capability: row for row in codes.codes(tmp_path, 1)}
    by_kind = rows["Code 128 on test photographs of zxing"]
    seen = {key: by_kind.metrics[key] for key in ("pictures", "read", "compared", "wrong")}
    assert (seen, by_kind.unmet) == ({"pictures": 3, "read": 3, "compared": 2, "wrong": 1}, ["wrong"])
    assert rows["Code 128, DataMatrix, QR on test photographs of zxing"].unmet == ["wrong"]
    of_js = rows["QR on test photographs of jsQR"]
    assert (of_js.metrics["pictures"], of_js.metrics["read"], of_js.metrics["wrong"]) == (2, 1, 1)
    assert "wrong" in of_js.unmet


def test_a_text_more_than_a_picture_has_codes_is_surplus(tmp_path: Path) -> None:
    (tmp_path / "qr" / "close").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "qr" / "close" / "1.png"), label("LOAD 17", "QRCode"))
    (tmp_path / "qr" / "close" / "1.txt").write_text("# nobody marked one\n")
    cv2.imwrite(str(tmp_path / "qr" / "close" / "2.png"), label("LOAD 18", "QRCode"))  # of this nobody says anything
    row = {row.capability: row for row in codes.codes(tmp_path, 1)}["QR photographs of phones (BoofCV set)"]
    assert row.metrics["surplus"] == 1
    assert "surplus" in row.unmet


def test_readers_that_find_nothing_miss_their_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With bars for wrong readings alone a reader that is broken passes."""
    monkeypatch.setattr(labels, "SYMBOLOGIES", ("Code128",))
    monkeypatch.setattr(labels, "CASES", {"as printed": labels.CASES["as printed"]})
    monkeypatch.setattr(labels, "read_codes", lambda _picture: [])
    for place, name in (("people", "1.jpg"), ("tags", "1.png"), ("containers", next(iter(containers._KEPT)))):
        (tmp_path / place).mkdir()
        cv2.imwrite(str(tmp_path / place / name), np.full((240, 320), 200, np.uint8))
    assert labels.labels(tmp_path, 1)[0].unmet == ["voted_share"]
    assert tags.tags(tmp_path, 1)[0].unmet == ["tags_a_picture", "with_a_tag_share"]
    monkeypatch.setattr(containers, "_number", lambda _reader, _picture: "")
    assert containers._kept(tmp_path / "containers")[0].unmet == ["right"]
    assert not containers._kept(tmp_path / "people")[0].measured


@pytest.mark.parametrize("written", ["(00)12", "00\x1d12", "0012<GS>", "00␝12"])
def test_brackets_and_control_characters_are_each_readers_own_way(written: str) -> None:
    assert codes.compare([written], ["0012"]) == {"right": 1}
    assert codes.compare([written, "13"], ["0012"]) == {"right": 1, "wrong": 1}


def test_people_by_size_without_pictures_name_the_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sizes.PEOPLE_VARIABLE, raising=False)
    said = " ".join(row.note for row in sizes.sizes(tmp_path, 1))
    assert all(part in said for part in ("labels/*/*.txt", "Annotation", "night/images"))
    (tmp_path / "night" / "labels").mkdir(parents=True)
    (tmp_path / "night" / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.1 0.1\n")
    box = sizes.people_of(tmp_path / "night" / "images" / "a.jpg", 100, 100)
    assert box == [PictureBox("person", 1.0, 40.0, 30.0, 60.0, 70.0)]


def test_tags_by_side_need_labels_of_another_detector(tmp_path: Path) -> None:
    assert "tags.tsv" in tags._by_side(tmp_path, 1)[0].note
    cv2.imwrite(str(tmp_path / "a.png"), np.full((120, 160), 200, np.uint8))
    (tmp_path / "tags.tsv").write_text("a.png\t3\t80\t60\t14.0\na.png\t4\t20\t20\t70\nshort\n")
    (row,) = tags._by_side(tmp_path, 1)
    assert (row.metrics["tags"], row.metrics["found_12_to_16"], row.metrics["found_from_60"]) == (2, "0 of 1", "0 of 1")
    assert row.unmet == ["found_share"]


@pytest.mark.parametrize("name", ["black", "frozen"])
def test_a_fault_of_the_trial_is_told_and_ends(name: str) -> None:
    rng = np.random.default_rng(2)
    clear = cv2.resize(rng.integers(0, 255, (60, 80, 3)).astype(np.uint8), (640, 480), interpolation=cv2.INTER_NEAREST)
    fault = next(f for f in FAULTS if f.name == name)
    shown, other = np.asarray(clear, np.uint8), np.asarray(clear[::-1], np.uint8)
    told, ended, false = one_fault(watch_of(), fault, shown, other, [])
    assert told is not None
    assert told <= 2.0
    assert ended is not None
    assert not false
