"""What drivers send: every usual encoding keeps its colour; what cannot be used is refused with a reason."""

from __future__ import annotations

import contextlib
import copy
import struct
import zlib
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

from amr_core.cameras import fixed_view
from amr_core.errors import AmrError
from amr_lab.perception_bench.cameras import crossing_site
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.watch import CameraWatch
from amr_perception.lens.packed import decode
from amr_perception.nodes.camera_monitor import CameraMonitorNode
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_ros.convert import to_stamp

HEIGHT, WIDTH = 48, 64


def picture() -> np.ndarray:
    """Return smooth colours (bgr8): a red, a green and a blue part."""
    shown = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    shown[:, :20, 2], shown[:, 20:40, 1], shown[:, 40:, 0] = 220, 200, 210
    return cv2.GaussianBlur(shown, (5, 5), 1.0)


def message(encoding: str, rows: np.ndarray, pad: int = 0) -> SimpleNamespace:
    rows = rows.reshape(rows.shape[0], -1)
    rows = np.pad(rows, ((0, 0), (0, pad)))
    return SimpleNamespace(encoding=encoding, height=HEIGHT, width=WIDTH, step=rows.shape[1], data=rows.tobytes())


def _yuv422(bgr: np.ndarray, order: str) -> np.ndarray:
    y, v, u = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb))
    out = np.empty((HEIGHT, WIDTH, 2), np.uint8)
    luma, chroma = (1, 0) if order == "uyvy" else (0, 1)
    out[..., luma] = np.clip(y * (219 / 255) + 16, 0, 255)
    wide = [((c.astype(float) - 128) * (224 / 255) + 128).astype(np.uint8) for c in (u, v)]
    out[:, 0::2, chroma], out[:, 1::2, chroma] = wide[0][:, 0::2], wide[1][:, 0::2]
    return out


def _nv12(bgr: np.ndarray) -> np.ndarray:
    planar = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    chroma = planar[HEIGHT:].reshape(2, -1)
    return np.vstack((planar[:HEIGHT], np.stack(chroma, axis=1).reshape(HEIGHT // 2, WIDTH)))


def _bayer(bgr: np.ndarray, pattern: str) -> np.ndarray:
    out = np.empty((HEIGHT, WIDTH), np.uint8)
    for k, letter in enumerate(pattern):
        channel = "bgr".index(letter)
        out[k // 2 :: 2, k % 2 :: 2] = bgr[k // 2 :: 2, k % 2 :: 2, channel]
    return out


SENT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bgr8": lambda p: p,
    "rgb8": lambda p: p[..., ::-1],
    "bgra8": lambda p: cv2.cvtColor(p, cv2.COLOR_BGR2BGRA),
    "rgba8": lambda p: cv2.cvtColor(p, cv2.COLOR_BGR2RGBA),
    "yuv422": lambda p: _yuv422(p, "uyvy"),
    "uyvy": lambda p: _yuv422(p, "uyvy"),
    "yuv422_yuy2": lambda p: _yuv422(p, "yuyv"),
    "yuyv": lambda p: _yuv422(p, "yuyv"),
    "nv12": _nv12,
    **{f"bayer_{p}8": partial(_bayer, pattern=p) for p in ("rggb", "bggr", "gbrg", "grbg")},
}


@pytest.mark.parametrize("encoding", SENT)
@pytest.mark.parametrize("pad", [0, 12])
def test_colour_reaches_the_detector_and_grey_the_readers(encoding: str, pad: int) -> None:
    shown = picture()
    sent = message(encoding, np.ascontiguousarray(SENT[encoding](shown)), pad)
    colour, grey = image_to_array(sent, colour=True), image_to_array(sent)
    assert colour.shape == (HEIGHT, WIDTH, 3)
    assert grey.shape == (HEIGHT, WIDTH)
    middles = (slice(8, 40), [10, 30, 52])
    assert np.abs(colour[middles].astype(float) - shown[middles]).mean() < 8.0
    assert np.abs(grey[middles].astype(float) - cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)[middles]).mean() < 8.0


def test_grey_stays_grey_and_compressed_pictures_are_unpacked() -> None:
    grey = cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY)
    assert np.array_equal(image_to_array(message("mono8", grey, 4), colour=True), grey)
    for ending in (".jpg", ".png"):
        packed = SimpleNamespace(format="bgr8; jpeg compressed bgr8", data=cv2.imencode(ending, picture())[1].tobytes())
        assert np.abs(image_to_array(packed, colour=True).astype(float) - picture()).mean() < 6.0
        assert image_to_array(packed).shape == (HEIGHT, WIDTH)


def _jpeg() -> bytes:
    return bytes(cv2.imencode(".jpg", picture())[1].tobytes())


def _exif(orientation: int) -> bytes:
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return _jpeg()[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + _jpeg()[2:]


def _sized(width: int, height: int) -> bytes:
    data = bytearray(_jpeg())
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "neither"),
        (b"BM" + bytes(100), "neither"),
        (_jpeg()[:-200], "without its end"),
        (_jpeg()[: len(_jpeg()) // 2], "without its end"),
        (_jpeg()[:12] + b"\xff\xd9", "without a size"),
        (_sized(7728, 5368), "7728 x 5368"),
        (_sized(0, 0), "0 x 0"),
        (_exif(6), "EXIF orientation 6"),
        (cv2.imencode(".png", picture())[1].tobytes()[:-20], "without its end"),
        (cv2.imencode(".png", picture().astype(np.uint16) * 257)[1].tobytes(), "16 bits"),
    ],
)
def test_bad_compressed_pictures_are_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(AmrError, match=reason):
        decode(data, "jpeg")


def test_an_upright_exif_picture_is_taken() -> None:
    assert decode(_exif(1)).shape == (HEIGHT, WIDTH)


def test_random_bytes_never_do_more_than_be_refused() -> None:
    rng = np.random.default_rng(2)
    whole = _jpeg()
    for k in range(400):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 1 + k % 20):
            data[place] = int(rng.integers(256))
        with contextlib.suppress(AmrError):
            assert decode(bytes(data)).shape[0] <= 4096


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"encoding": "mono16"}, "16 bits"),
        ({"encoding": "16UC1"}, "16 bits"),
        ({"encoding": "BGR 8"}, "known: mono8"),
        ({"encoding": ""}, "known: mono8"),
        ({"height": 0, "data": b""}, "size 64 x 0"),
        ({"width": 0}, "size 0 x 48"),
        ({"width": 7728, "height": 5368}, "7728 x 5368"),
        ({"step": 3}, "step 3"),
        ({"data": b"short"}, "5 bytes"),
        ({"encoding": "nv12", "width": 63}, "even"),
    ],
)
def test_bad_raw_pictures_are_refused_with_a_reason(change: dict[str, object], reason: str) -> None:
    sent = message("mono8", np.zeros((HEIGHT, WIDTH), np.uint8))
    for name, value in change.items():
        setattr(sent, name, value)
    for colour in (False, True):
        with pytest.raises(AmrError, match=reason):
            image_to_array(sent, colour=colour)


def test_stamps_that_go_back_or_lie_are_refused() -> None:
    assert check_stamp(10.0, 10.1, 9.9) == 10.0
    for stamp, reason in ((9.0, "before"), (12.0, "ahead"), (5.0, "old")):
        with pytest.raises(AmrError, match=reason):
            check_stamp(stamp, 10.2, 9.9)


def test_no_bad_picture_reads_as_an_empty_crossing() -> None:
    """Each of them, ten times a second: no crash, a diagnostic that says what is wrong, and the crossing is held."""
    site = crossing_site()
    floor = Floor.of(fixed_view(site.cameras[0]))
    good = message("mono8", picture())
    good.header = Header()
    bad: list[tuple[Any, float]] = [(CompressedImage(format="jpeg", data=data), 0.0) for data in (
        b"", _jpeg()[: len(_jpeg()) // 2], _sized(7728, 5368), _sized(0, 0), _exif(6),
        _zeros(PACKED["as usual"], np.random.default_rng(3)), _closed(PACKED["progressive"], np.random.default_rng(3)),
        cv2.imencode(".png", picture().astype(np.uint16) * 257)[1].tobytes(),
    )]  # fmt: skip
    for change in ({"encoding": "mono16"}, {"encoding": "BGR 8"}, {"height": 0, "data": b""}, {"width": 7728}):
        sent = copy.deepcopy(good)
        for name, value in change.items():
            setattr(sent, name, value)
        bad.append((sent, 0.0))
    bad.append((good, -60.0))  # stamps of the day before
    for sent, off in bad:
        told: list[AmrError] = []
        node = SimpleNamespace(
            _unusable="",
            _last_stamp=0.0,
            _colour=True,
            complaints=SimpleNamespace(add=lambda _t, e, to=told: to.append(e)),
        )
        watch, events = CameraWatch(site, floor), list[Any]()
        for k in range(20):
            now = 100.0 + 0.1 * k
            sent.header.stamp = to_stamp(now + off)
            sight = CameraMonitorNode._look(node, now, sent)  # type: ignore[arg-type]
            assert sight is not None
            assert (sight.seen, sight.reason) == (None, "bad_picture")
            events += watch.events(now, sight)
        assert len(told) == 20
        assert told[0].facts["reason"]
        held = [event for event in events if event.active and event.rule.area == "crossing"]
        assert held
        assert (held[0].rule.action, held[0].reason) == ("hold", "bad_picture")


def _packed(ending: str = ".jpg", *options: int) -> bytes:
    """Return a picture of 320 x 240 with something everywhere, as a camera packs it."""
    rng = np.random.default_rng(5)
    rough = rng.integers(0, 255, (30, 40, 3)).astype(np.uint8)
    shown = cv2.resize(rough, (320, 240), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(ending, shown, options)[1].tobytes())


_PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
_RESTARTS = (cv2.IMWRITE_JPEG_RST_INTERVAL, 10)
PACKED: dict[str, bytes] = {
    "as usual": _packed(),
    "progressive": _packed(".jpg", *_PROGRESSIVE),
    "restarts": _packed(".jpg", *_RESTARTS),
    "own tables": _packed(".jpg", cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    "png": _packed(".png"),
    **{
        name: _packed(".jpg", cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor)
        for name, factor in (("444", 0x111111), ("422", 0x211111), ("440", 0x121111), ("411", 0x411111))
    },
}


def _grey_jpeg(*options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY), options)[1].tobytes())


def _without_tables(data: bytes) -> bytes:
    """Return a JPEG without its Huffman tables, as USB cameras send each picture of a film."""
    while (place := data.find(b"\xff\xc4")) >= 0:
        data = data[:place] + data[place + 2 + struct.unpack_from(">H", data, place + 2)[0] :]
    return data


@pytest.mark.parametrize(
    "data",
    [
        *PACKED.values(),
        _grey_jpeg(),
        _grey_jpeg(*_PROGRESSIVE),
        _without_tables(PACKED["as usual"]),
        PACKED["as usual"] + bytes(300),
        PACKED["as usual"][:-2] + b"\0\0\xff\xd9",  # cheap cameras leave a byte or two
    ],
)
def test_whole_pictures_are_taken(data: bytes) -> None:
    assert decode(data).shape[0] in (HEIGHT, 240)


def _changed(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for place in rng.integers(len(out) // 3, len(out) - 40, 60):
        out[int(place)] = int(rng.integers(0, 255))
    return bytes(out)


def _zeros(data: bytes, rng: np.random.Generator) -> bytes:
    """A packet of a network or a block of a disk that never came."""
    at, size = int(rng.integers(len(data) // 3, len(data) - 700)), 512
    return data[:at] + bytes(size) + data[at + size :]


def _left_out(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data) // 3, len(data) - 700))
    return data[:at] + data[at + 400 :]


def _closed(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut short, and the end put behind it, as a driver does that never waits."""
    end = data[-12:] if data.startswith(b"\x89PNG") else data[-2:]
    return data[: int(rng.integers(len(data) // 2, len(data) - 200))] + end


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("spoil", [_changed, _zeros, _left_out, _closed])
def test_a_damaged_picture_is_refused_though_the_decoder_fills_it_up(
    kind: str, spoil: Callable[[bytes, np.random.Generator], bytes]
) -> None:
    rng = np.random.default_rng(7)
    for _ in range(12):
        with pytest.raises(AmrError, match="damaged"):
            decode(spoil(PACKED[kind], rng), colour=True)


def test_a_progressive_picture_without_its_last_looks_is_refused() -> None:
    """Each scan of it is whole: the decoder shows a coarse picture and says nothing."""
    data = PACKED["progressive"]
    with pytest.raises(AmrError, match="damaged"):
        decode(data[: data.rindex(b"\xff\xda")] + b"\xff\xd9")


def test_a_png_of_which_a_part_never_came_is_refused() -> None:
    """Each part of it has a checksum that fits."""
    data = PACKED["png"]
    first = data.index(b"IDAT") - 4
    second = first + 12 + struct.unpack_from(">I", data, first)[0]
    with pytest.raises(AmrError, match="damaged"):
        decode(data[:second] + data[-12:])


def test_headers_that_do_not_fit_are_refused() -> None:
    data = PACKED["as usual"]
    frame, scan, tables = data.index(b"\xff\xc0"), data.index(b"\xff\xda"), data.index(b"\xff\xc4")
    for place, value in ((frame + 11, 0), (frame + 11, 0xFF), (scan + 5, 77), (tables + 5, 200), (scan + 4, 0)):
        with pytest.raises(AmrError, match="damaged"):
            decode(data[:place] + bytes([value]) + data[place + 1 :])
    with pytest.raises(AmrError, match="set the driver to baseline"):
        decode(data[: frame + 1] + b"\xc9" + data[frame + 2 :])


def test_each_look_of_a_progressive_picture_must_be_whole() -> None:
    data = PACKED["progressive"]
    scans = [place for place in range(len(data)) if data[place : place + 2] == b"\xff\xda"]
    assert len(scans) > 8
    for scan, behind in pairwise([*scans, len(data) - 2]):
        start = scan + 2 + struct.unpack_from(">H", data, scan + 2)[0]
        tables = data.find(b"\xff\xc4", start, behind)  # those of the next scan
        end = behind if tables < 0 else tables
        with pytest.raises(AmrError, match="damaged"):
            decode(data[: (start + end) // 2] + data[end:])


def test_a_part_between_restart_markers_that_never_came_is_missed() -> None:
    data = PACKED["restarts"]
    first, second = data.index(b"\xff\xd0"), data.index(b"\xff\xd1")
    for lost in (data[:first] + data[second:], data.replace(b"\xff\xd2", b"\xff\xd5", 1)):
        with pytest.raises(AmrError, match=r"damaged.*restart markers"):
            decode(lost)


def test_a_changed_bit_of_a_png_is_told() -> None:
    data = bytearray(PACKED["png"])
    data[len(data) // 2] ^= 1
    with pytest.raises(AmrError, match=r"damaged.*checksum"):
        decode(bytes(data))


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_that_unpacks_to_more_or_less_than_its_size_is_damaged_before_it_is_unpacked(interlaced: bool) -> None:
    """A megabyte that becomes a gigabyte would end the node that watches a crossing."""

    def png(rows: bytes) -> bytes:
        def part(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = struct.pack(">IIBBBBB", 20, 18, 8, 2, 0, 0, interlaced)
        body = part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + body

    passes = [(3, 3), (2, 3), (5, 2), (5, 5), (10, 4), (10, 9), (20, 9)] if interlaced else [(20, 18)]
    whole = sum((1 + 3 * columns) * rows for columns, rows in passes)
    assert decode(png(bytes(whole))).shape[:2] == (18, 20)
    for size, why in ((whole + 1, "more pixels"), (200_000_000, "more pixels"), (whole - 1, "pixels missing")):
        with pytest.raises(AmrError) as caught:
            decode(png(bytes(size)))
        assert why in str(caught.value.facts["reason"])
