"""SSCC, codes, container numbers and votes: right ones are read, wrong ones are never passed as valid."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_lab.perception_bench import codes as bench
from amr_perception.codes import gs1
from amr_perception.codes.reader import CodeVote, read_codes
from amr_perception.containers import iso6346
from amr_perception.containers.assemble import Candidate, Text, assemble
from amr_perception.containers.boxed import framed_sign
from amr_perception.containers.missed import completed
from amr_perception.containers.reader import DETECTION_SIDE, ContainerReader
from amr_perception.containers.vote import ContainerVote


@given(st.text("0123456789", min_size=17, max_size=17))
def test_sscc_round_trip_and_every_single_error_is_seen(digits: str) -> None:
    sscc = digits + str(gs1.check_digit(digits))
    for text in (f"00{sscc}", f"(00){sscc}", f"(00) {sscc}", f"https://id.gs1.org/00/{sscc}"):
        assert gs1.sscc_in(text) == gs1.Sscc(sscc, True)
    wrong = str((int(sscc[5]) + 1) % 10)
    assert gs1.sscc_in(f"00{sscc[:5]}{wrong}{sscc[6:]}") == gs1.Sscc(f"{sscc[:5]}{wrong}{sscc[6:]}", False)


@pytest.mark.parametrize("text", ["", "PALLET 7", "00", "0012345", "٠٠" + "1" * 18, "99" + "0" * 18])
def test_other_texts_hold_no_sscc(text: str) -> None:
    assert gs1.sscc_in(text) is None


@pytest.mark.parametrize("symbology", ["Code128", "QRCode", "DataMatrix"])
def test_labels_are_read_when_two_pictures_agree(symbology: str) -> None:
    rng = np.random.default_rng(3)
    sscc = bench.sscc(rng)
    flat = bench.label(f"00{sscc}", symbology)
    vote = CodeVote()
    vote.add(read_codes(bench.on_wall(flat, 3.0, 4, rng)))
    assert vote.result() == []
    vote.add(read_codes(bench.on_wall(flat, 3.0, 4, rng)))
    (reading,) = vote.result()
    assert (reading.sscc, reading.gs1_valid, reading.symbology, reading.reads) == (sscc, True, symbology, 2)


def test_noise_holds_no_code() -> None:
    rng = np.random.default_rng(4)
    assert read_codes(rng.integers(0, 255, (480, 640), dtype=np.uint8)) == []


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("CSQU3054383", True),
        ("MSCU6639870", True),
        ("CSQU3054384", False),
        ("CSQX3054383", False),
        ("CSQU305438", False),
    ],
)
def test_container_numbers(number: str, valid: bool) -> None:
    assert iso6346.valid_number(number) is valid


def test_size_types() -> None:
    assert all(iso6346.valid_size_type(code) for code in ("22G1", "45G1", "42R1", "L5G1"))
    assert not any(iso6346.valid_size_type(code) for code in ("", "22", "9999", "MSCU", "22g1"))


def test_pieces_become_a_number_and_nothing_is_guessed() -> None:
    owner = Text("CSQU", 0.99, (0, 0, 100, 40))
    serial = Text("3O5438", 0.98, (120, 0, 260, 40))
    digit = Text("3", 0.9, (280, 0, 300, 40))
    size = Text("22G1", 0.99, (0, 60, 90, 100))
    assert assemble([owner, serial, digit, size]) == Candidate("CSQU3054383", "22G1", 0.9)
    assert assemble([owner, serial, size]) is None
    assert assemble([owner, serial, Text("4", 0.9, digit.box)]) is None
    # The size-type code must not lend its digits to the serial number.
    assert assemble([Text("O0LU064375", 0.94, (0, 0, 200, 40)), size]) is None


def _line(*words: str, score: float = 0.95) -> list[Text]:
    return [Text(word, score, (130.0 * k, 0.0, 130.0 * k + 110.0, 40.0)) for k, word in enumerate(words)]


def test_a_serial_number_of_seven_signs_is_never_shortened() -> None:
    # Read so in a real picture of MSKU 360516 1: a stroke behind the owner became a 1, and the digit that decides fell.
    assert assemble(_line("MSKUL", "3605161")) == Candidate("MSKU3605161", "", 0.95)
    assert assemble(_line("MSKUL3605161")) == Candidate("MSKU3605161", "", 0.95)
    assert iso6346.valid_number("MSKU1360516")
    assert assemble(_line("MSKU1", "3605161")) is None
    assert assemble(_line("MSKU", "13605169")) is None
    assert assemble(_line("MSKU", "136051")) is None


def test_a_boxed_seven_reads_like_z_and_the_check_digit_decides() -> None:
    assert assemble(_line("CRXU192206Z")) == Candidate("CRXU1922067", "", 0.95)
    assert assemble(_line("UESU513116Z")) == Candidate("UESU5131167", "", 0.95)
    seven = "TGHU88888" + "2"
    whole = seven + str(iso6346.check_digit(seven))
    assert assemble(_line(whole.replace("2", "Z"))) in (Candidate(whole, "", 0.95), None)
    assert assemble(_line("CRXU19Z206")) is None


def test_a_digit_in_a_circle_is_that_digit() -> None:
    assert assemble(_line("SNBU", "228926⑧")) == Candidate("SNBU2289268", "", 0.95)
    assert assemble(_line("BEAU265693Ⅲ")) is None


def test_a_column_is_read_downwards() -> None:
    column = [
        Text("SEGU", 0.99, (1000, 100, 1080, 392)),
        Text("604789", 0.98, (1002, 420, 1082, 843)),
        Text("5", 0.97, (1010, 850, 1060, 946)),
        Text("70", 1.0, (1180, 500, 1245, 552)),
    ]
    assert assemble(column) == Candidate("SEGU6047895", "", 0.97)


def test_a_container_behind_is_not_read_for_the_one_whose_number_does_not_fit() -> None:
    behind = [Text("CRSU", 0.99, (1254, 446, 1274, 520)), Text("1445492", 1.0, (1240, 513, 1270, 641))]
    assert assemble(behind) == Candidate("CRSU1445492", "", 0.99)
    assert assemble([Text("MSCU5006279", 0.96, (543, 93, 611, 755)), *behind]) is None
    assert assemble([Text("MSCU5006271", 0.96, (543, 93, 611, 755)), *behind]) == Candidate("MSCU5006271", "", 0.96)
    # The same number elsewhere on it, once with a sign misread or missing.
    assert assemble([Text("CRSU144548", 0.96, (543, 93, 611, 755)), *behind]) == Candidate("CRSU1445492", "", 0.99)
    # Of the same size: a number at the door's other half, or one read twice.
    assert assemble([Text("MSCU5006279", 0.96, (543, 93, 560, 393)), *behind]) == Candidate("CRSU1445492", "", 0.99)


class _OneDigit:
    """An OCR engine that reads one digit wherever it looks, and notes the sizes of what it was shown."""

    def __init__(self, digit: str) -> None:
        self.digit, self.shown = digit, list[tuple[int, ...]]()

    def __call__(self, crop: np.ndarray, **_: object) -> SimpleNamespace:
        self.shown.append(crop.shape[:2])
        return SimpleNamespace(txts=[self.digit], scores=[0.95])


def test_the_boxed_digit_is_looked_for_below_a_column_and_beside_a_line() -> None:
    reader = ContainerReader()
    picture = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3)).astype(np.uint8)
    for text, box in (("TCNU868733团", (936.0, 22.0, 1038.0, 827.0)), ("TCNU868733", (936.0, 522.0, 1338.0, 597.0))):
        reader._engines = {DETECTION_SIDE: _OneDigit("1")}
        assert reader.put_together(picture, [Text(text, 0.9, box)]) == Candidate("TCNU8687331", "", 0.9)
        reader._engines = {DETECTION_SIDE: _OneDigit("4")}
        assert reader.put_together(picture, [Text(text, 0.9, box)]) is None
    # What is a digit already is not read again.
    assert reader.put_together(picture, [Text("TCNU8687334", 0.9, (936.0, 22.0, 1038.0, 827.0))]) is None


def _boxed(digit: str, *, frame: bool) -> np.ndarray:
    """A column on dark steel of which the text found reaches around the check digit's box, thin and askew."""
    picture = np.full((1080, 1920, 3), 50, np.uint8)
    if frame:
        corners = np.array([(976, 898), (1012, 898), (1008, 958), (972, 958)], np.int32)
        cv2.polylines(picture, [corners], True, (240,) * 3, 2)
    cv2.putText(picture, digit, (977, 946), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (240,) * 3, 5)
    return picture


def test_a_boxed_digit_that_the_text_found_reaches_around_is_read_and_never_one_without_a_box() -> None:
    texts = [Text("TGHU", 0.99, (978, 202, 1067, 483)), Text("073732", 0.98, (978, 487, 1067, 963))]
    reader = ContainerReader()
    # What the other crops show is no digit: only the sign alone on its ground counts here.
    reader._line = lambda crop: ("0", 0.95) if float(crop[:4].std()) == 0.0 and crop.max() > 200 else ("", 0.0)  # type: ignore[method-assign]
    assert reader.put_together(_boxed("0", frame=True), texts) == Candidate("TGHU0737320", "", 0.95)
    assert reader.put_together(_boxed("0", frame=False), texts) is None
    sign = framed_sign(_boxed("0", frame=True)[880:970, 950:1030])
    assert sign is not None
    assert int(sign[:, 0].max()) == int(sign[0].max()) == 50
    assert framed_sign(np.zeros((4, 40, 3), np.uint8)) is None
    assert framed_sign(np.zeros((40, 40, 3), np.uint8)) is None


def _says(*texts: str) -> Callable[[np.ndarray], tuple[str, float]]:
    """Read one text after the other, wherever it looks."""
    said = iter(texts)
    return lambda _: (next(said), 0.98)


def test_the_digits_beside_an_owners_letters_are_read_from_strips_that_agree() -> None:
    owner = Text("OOLU", 0.95, (221, 360, 490, 467))
    picture = np.zeros((1080, 1920, 3), np.uint8)
    read = _says("7531290", "753129O", "7531290", "7531240")
    (texts,) = completed(picture, [owner, Text("52", 1.0, (651, 374, 734, 539))], read)
    assert assemble(texts) == Candidate("OOLU7531290", "", 0.95)
    for wrong in (["7531290", "7531240"] * 2, ["7531290", "7", "53", "9"], ["75312901"] * 4, ["7531290 4"] * 4):
        assert list(completed(picture, [owner], _says(*wrong))) == []
    assert list(completed(picture, [owner], lambda _: ("7531290", 0.6))) == []
    assert list(completed(picture[:, :492], [owner], lambda _: ("7531290", 0.98))) == []
    assert list(completed(picture, [Text("OOLX", 0.95, owner.box)], lambda _: ("7531290", 0.98))) == []


def _column(signs: str, pitch: int, x: int, y: int) -> np.ndarray:
    """A picture with a column of signs, each a square of a grey level of its own."""
    picture = np.full((1080, 1920, 3), 255, np.uint8)
    for k, sign in enumerate(signs):
        picture[y + k * pitch : y + (k + 1) * pitch, x : x + pitch] = _GREYS.index(sign) * 6
    return picture


_GREYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _levels(line: np.ndarray) -> tuple[str, float]:
    """Read a line of such signs that were laid side by side."""
    signs = max(1, round(line.shape[1] / line.shape[0]))
    at = [int((k + 0.5) * line.shape[1] / signs) for k in range(signs)]
    levels = [int(line[line.shape[0] // 2, x, 0]) for x in at]
    return "".join(_GREYS[level // 6] if level % 6 == 0 and level < 216 else "?" for level in levels), 0.9


def test_what_stands_above_the_digits_of_a_column_is_read_when_two_cuts_agree() -> None:
    picture = _column("SEGU626314", 60, 1000, 37)
    whole, last = Text("626314", 0.98, (1000, 277, 1060, 637)), Text("8", 0.93, (1005, 640, 1055, 700))
    (texts,) = completed(picture, [whole, last], _levels)
    assert assemble(texts) == Candidate("SEGU6263148", "", 0.9)
    part = Text("6314", 0.98, (1000, 397, 1060, 637))
    found = {candidate for texts in completed(picture, [part, last], _levels) if (candidate := assemble(texts))}
    assert found == {Candidate("SEGU6263148", "", 0.9)}
    # A line is no column, an owner's code ends with U, J or Z, and each cut that says something else is no reading.
    assert list(completed(picture, [Text("626314", 0.98, (1000, 277, 1360, 337)), last], _levels)) == []
    assert list(completed(_column("SEGX626314", 60, 1000, 37), [whole, last], _levels)) == []
    owners = itertools.cycle(("SEGU", "SEGJ", "SEGZ", "AEGU", "BEGU", "CEGU", "DEGU", "EEGU"))
    assert list(completed(picture, [whole, last], lambda _: (next(owners), 0.9))) == []
    assert list(completed(picture, [whole, last], lambda _: ("SEGU", 0.5))) == []
    assert list(completed(picture[200:], [Text("626314", 0.98, (1000, 77, 1060, 437))], _levels)) == []


def test_several_cameras_of_a_passage_vote_together_and_an_open_vote_looks_closer() -> None:
    right = Candidate("CSQU3054383", "22G1", 0.9)
    vote = ContainerVote()
    vote.add(right, "left")
    for _ in range(3):
        assert not vote.closer("right")
        vote.add(None, "right")
    assert vote.closer("right")
    assert not vote.closer("left")
    vote.add(right, "right")
    assert vote.result().number == right.number
    assert vote.closer("right")  # what only a closer look shows is not seen again in another one
    vote.add(right, "right")
    assert not vote.closer("right")


def test_a_camera_that_reads_only_in_a_closer_look_agrees_with_itself_in_five_pictures() -> None:
    right, vote = Candidate("CSQU3054383", "22G1", 0.9), ContainerVote()
    for _ in range(5):
        vote.add(right if vote.closer("") else None)
    assert vote.result().number == right.number


def test_a_big_code_close_to_the_camera_is_read() -> None:
    code = bench.label("00" + bench.sscc(np.random.default_rng(3)), "QRCode", 60)
    room = cv2.copyMakeBorder(code, 90, 90, 90, 90, cv2.BORDER_CONSTANT, value=255)
    worn = cv2.GaussianBlur(room, (0, 0), 14.0)
    grainy = np.clip(worn + np.random.default_rng(4).normal(0, 45, room.shape), 0, 255).astype(np.uint8)
    assert grainy.size > 1_000_000
    assert read_codes(grainy)


def test_container_vote() -> None:
    right, other = Candidate("CSQU3054383", "22G1", 0.9), Candidate("MSCU6639870", "", 0.9)
    vote = ContainerVote()
    vote.add(right)
    assert vote.result().number == ""
    vote.add(None)
    vote.add(right)
    assert vote.result().number == right.number
    assert vote.result().size_type == "22G1"
    vote.add(other)
    assert vote.result().number == ""  # one voice against two is doubt enough


def test_a_camera_that_gives_more_pictures_has_no_louder_word() -> None:
    right, wrong = Candidate("CSQU3054383", "22G1", 0.9), Candidate("MSCU6639870", "45R1", 0.9)
    vote = ContainerVote()
    for _ in range(9):
        vote.add(wrong, "quick")
    vote.add(right, "slow")
    assert (vote.result().number, vote.decided) == ("", False), "one camera against one"
    assert vote.read_by() == {"quick": wrong.number, "slow": right.number}
    for camera in ("slow", "third"):
        for _ in range(6):
            vote.add(right, camera)
    assert vote.result().number == right.number
    assert vote.result().size_type == "22G1"
    for _ in range(2):
        vote.add(right, "quick")
    assert vote.result().number == right.number


def test_two_cameras_read_a_number_though_a_third_reads_another_in_as_many_pictures() -> None:
    right, wrong = Candidate("CSQU3054383", "22G1", 0.9), Candidate("MSCU6639870", "45R1", 0.9)
    vote = ContainerVote()
    for _ in range(5):
        vote.add(wrong, "loud")
    assert vote.result().number == wrong.number, "one camera alone"
    for camera in ("left", "rear"):
        for _ in range(3):
            vote.add(right, camera)
        for _ in range(2):
            vote.add(None, camera)
    assert (vote.result().number, vote.result().votes) == (right.number, 6)
    vote.add(wrong, "fourth")
    assert vote.result().number == "", "two against two"


def test_the_size_type_is_that_of_the_number_and_of_no_other() -> None:
    vote = ContainerVote()
    for _ in range(4):
        vote.add(Candidate("CSQU3054383", "", 0.9), "left")
    for _ in range(2):
        vote.add(Candidate("MSCU6639870", "45R1", 0.9), "right")
    for _ in range(2):
        vote.add(Candidate("CSQU3054383", "", 0.9), "rear")
    assert (vote.result().number, vote.result().size_type) == ("CSQU3054383", "")


def test_container_is_read_from_pictures() -> None:
    rng = np.random.default_rng(10)
    number = bench.container_number(rng)
    reader = ContainerReader()
    vote = ContainerVote()
    panel = bench.container_panel(number, "22G1", rng)
    for _ in range(3):
        vote.add(reader.read(bench.on_wall(panel, 0.7, 1, rng, 0.3)))
    assert vote.result().number == number
    assert reader.read(np.full((480, 640), 128, np.uint8)) is None


@pytest.mark.parametrize("degrees", [30.0, 45.0, 60.0, 135.0])
def test_a_bar_code_that_lies_askew_is_read_where_it_is(degrees: float) -> None:
    flat = bench.label("00" + "340123450000000017", "Code128")
    picture = np.full((720, 1280), 130, np.uint8)
    height, width = flat.shape
    turn = cv2.getRotationMatrix2D((width / 2.0, height / 2.0), degrees, 0.8)
    turn[:, 2] += (640.0 - width / 2.0, 360.0 - height / 2.0)
    cv2.warpAffine(flat, turn, (1280, 720), dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
    (code,) = read_codes(picture)
    assert code.text == "00340123450000000017"
    middle = np.mean(code.corners, axis=0)
    assert np.hypot(*(middle - (640.0, 360.0))) < 60.0
    assert read_codes(picture, retry=False) == [] or degrees in (0.0, 90.0)
