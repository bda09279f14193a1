"""SSCC, codes, container numbers and votes: right ones are read, wrong ones are never passed as valid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_lab.perception_bench import codes as bench
from amr_perception.codes import gs1
from amr_perception.codes.reader import CodeVote, read_codes
from amr_perception.containers import iso6346
from amr_perception.containers.assemble import Candidate, Text, assemble
from amr_perception.containers.reader import ContainerReader
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
