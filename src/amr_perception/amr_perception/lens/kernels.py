"""Numba kernels that walk through the packed data of a JPEG without unpacking it, to see whether it is whole.

A decoder that meets damaged data prints a line, fills up with grey or with shifted blocks, and returns a picture. These
kernels read the same codes and say what does not fit. Names as in ITU T.81. The arguments that they share:

clean: uint8, data of a scan without stuffed bytes, PAD zero bytes behind. parts: S x 2 first byte and end of what lies
between restart markers. luts: T x 65536 uint16, by the next 16 bits: length of the code x 256 + its value, 0 = no code.
blocks: B x 3 of an MCU: component, rows of luts for DC, AC. mcus: of the scan. interval: MCUs between restarts, or 0.
band: first and last coefficient, bits to come (Al). seen: blocks x 64 uint8, which coefficients are not zero so far.
Each returns 0 for a whole scan, else one of REASONS.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Luts = npt.NDArray[np.uint16]

PAD = 4096
"""An MCU has at most 10 blocks, a block takes at most 64 times 31 bits."""
REASONS = ("", "a code that does not exist", "a coefficient out of range", "data missing", "data left over")
_NO_CODE, _RANGE, _MISSING, _LEFT = 1, 2, 3, 4
_SPARE_BITS = 39
"""Cheap cameras leave up to four bytes behind the last code; a code may end anywhere in a byte."""


@njit(cache=True, nogil=True)
def unstuff(data: Bytes, start: int, clean: Bytes, parts: Ints) -> tuple[int, int]:
    """Copy the data of a scan; return the number of its parts and the place of the marker behind it, or (-1, place).

    clean: as long as data, with PAD behind, of zeros. -1: no marker, restart markers out of turn, or too many.
    """
    out = count = 0
    at, size = start, data.shape[0]
    parts[0, 0] = 0
    while at < size - 1:
        value = data[at]
        if value != 0xFF:
            clean[out] = value
            out, at = out + 1, at + 1
            continue
        kind = data[at + 1]
        if kind == 0xFF:  # padding of a marker
            at += 1
        elif kind == 0:
            clean[out] = 0xFF
            out, at = out + 1, at + 2
        else:
            parts[count, 1] = out
            if not 0xD0 <= kind <= 0xD7:
                return count + 1, at
            if kind != 0xD0 + count % 8 or count + 1 == parts.shape[0]:
                return -1, at
            count, at = count + 1, at + 2
            parts[count, 0] = out
    return -1, at


@njit(cache=True, nogil=True)
def _peek(clean: Bytes, bit: int) -> int:
    byte = bit >> 3
    three = (np.int64(clean[byte]) << 16) | (np.int64(clean[byte + 1]) << 8) | np.int64(clean[byte + 2])
    return int((three >> (8 - (bit & 7))) & 0xFFFF)


@njit(cache=True, nogil=True)
def _over(bit: int, end: int) -> int:
    """Return what is wrong with a part of end bits that was read up to bit."""
    if bit > end:
        return _MISSING
    return _LEFT if end - bit > _SPARE_BITS else 0


@njit(cache=True, nogil=True)
def _level(clean: Bytes, bit: int, lut: Luts) -> tuple[int, int, int]:
    """Read a difference of DC; return it, the next bit, and what is wrong."""
    code = int(np.int64(lut[_peek(clean, bit)]))
    size = code & 0xFF
    if code == 0 or size > 11:
        return 0, bit, _NO_CODE
    bit += code >> 8
    if size == 0:
        return 0, bit, 0
    value = _peek(clean, bit) >> (16 - size)
    if value < 1 << (size - 1):
        value -= (1 << size) - 1
    return value, bit + size, 0


@njit(cache=True, nogil=True)
def _details(clean: Bytes, bit: int, lut: Luts) -> tuple[int, int]:
    """Read the 63 AC coefficients of a block of a sequential picture; return the next bit and what is wrong."""
    k = 1
    while k < 64:
        code = int(np.int64(lut[_peek(clean, bit)]))
        if code == 0:
            return bit, _NO_CODE
        run, size = (code & 0xF0) >> 4, code & 0xF
        bit += code >> 8
        if size == 0:
            if run == 0:
                break
            if run != 15:
                return bit, _NO_CODE
        k += run + 1
        if k > 64:
            return bit, _RANGE
        bit += size
    return bit, 0


@njit(cache=True, nogil=True)
def sequential(
    clean: Bytes, parts: Ints, luts: Luts, blocks: Ints, mcus: int, interval: int, limits: Ints, details: bool
) -> int:
    """Walk through a scan of a sequential picture, or (details False) the first scan of DC of a progressive one.

    limits: by component, how far from zero a sum of DC differences can be.
    """
    level = np.zeros(limits.shape[0], np.int64)
    done = 0
    for s in range(parts.shape[0]):
        bit, end = 8 * parts[s, 0], 8 * parts[s, 1]
        level[:] = 0
        wanted = min(interval, mcus - done) if interval else mcus - done
        for _ in range(wanted):
            for b in range(blocks.shape[0]):
                which = blocks[b, 0]
                value, bit, wrong = _level(clean, bit, luts[blocks[b, 1]])
                level[which] += value
                if wrong == 0 and abs(level[which]) > limits[which]:
                    wrong = _RANGE
                if wrong == 0 and details:
                    bit, wrong = _details(clean, bit, luts[blocks[b, 2]])
                if wrong:
                    return int(wrong)
            if bit > end:
                return _MISSING
        done += wanted
        wrong = _over(bit, end)
        if wrong:
            return int(wrong)
    return 0 if done == mcus else _MISSING


@njit(cache=True, nogil=True)
def refined_dc(parts: Ints, blocks: int, mcus: int, interval: int) -> int:
    """Walk through a scan that gives each block one more bit of its DC. blocks: in an MCU."""
    done = 0
    for s in range(parts.shape[0]):
        wanted = min(interval, mcus - done) if interval else mcus - done
        wrong = _over(8 * parts[s, 0] + wanted * blocks, 8 * parts[s, 1])
        if wrong:
            return int(wrong)
        done += wanted
    return 0 if done == mcus else _MISSING


@njit(cache=True, nogil=True)
def _run(clean: Bytes, bit: int, run: int) -> tuple[int, int]:
    """Return how many blocks, this one too, have nothing more, and the next bit."""
    return (1 << run) + (_peek(clean, bit) >> (16 - run) if run else 0), bit + run


@njit(cache=True, nogil=True)
def first_ac(clean: Bytes, parts: Ints, lut: Luts, seen: Bytes, mcus: int, interval: int, band: Ints) -> int:
    """Walk through the first scan of a band of AC of one component of a progressive picture."""
    done = 0
    for s in range(parts.shape[0]):
        bit, end, empty = 8 * parts[s, 0], 8 * parts[s, 1], 0
        wanted = min(interval, mcus - done) if interval else mcus - done
        for block in range(done, done + wanted):
            k = band[0]
            while empty == 0 and k <= band[1]:
                code = int(np.int64(lut[_peek(clean, bit)]))
                if code == 0:
                    return _NO_CODE
                run, size = (code & 0xF0) >> 4, code & 0xF
                bit += code >> 8
                if size == 0 and run < 15:
                    empty, bit = _run(clean, bit, run)
                    break
                k += run + 1
                if k > band[1] + 1:
                    return _RANGE
                if size:
                    seen[block, k - 1] = 1
                    bit += size
            empty = max(0, empty - 1)
            if bit > end:
                return _MISSING
        done += wanted
        wrong = _over(bit, end)
        if wrong:
            return int(wrong)
    return 0 if done == mcus else _MISSING


@njit(cache=True, nogil=True)
def _skip(seen: Bytes, bit: int, k: int, last: int, zeros: int) -> tuple[int, int]:
    """Read a bit for each coefficient that is known, past so many zeros; return the next bit and the place reached."""
    while k <= last:
        if seen[k]:
            bit += 1
        elif zeros == 0:
            break
        else:
            zeros -= 1
        k += 1
    return bit, k


@njit(cache=True, nogil=True)
def refined_ac(clean: Bytes, parts: Ints, lut: Luts, seen: Bytes, mcus: int, interval: int, band: Ints) -> int:
    """Walk through a scan that gives a band of AC of one component one more bit."""
    done, last = 0, band[1]
    for s in range(parts.shape[0]):
        bit, end, empty = 8 * parts[s, 0], 8 * parts[s, 1], 0
        wanted = min(interval, mcus - done) if interval else mcus - done
        for block in range(done, done + wanted):
            k = band[0]
            while empty == 0 and k <= last:
                code = int(np.int64(lut[_peek(clean, bit)]))
                run, size = (code & 0xF0) >> 4, code & 0xF
                if code == 0 or size > 1:
                    return _NO_CODE
                bit += code >> 8
                if size == 0 and run < 15:
                    empty, bit = _run(clean, bit, run)
                    break
                bit, k = _skip(seen[block], bit + size, k, last, run)
                if k > last:
                    return _RANGE
                if size:
                    seen[block, k] = 1
                k += 1
            if empty:
                bit, k = _skip(seen[block], bit, k, last, 64)
                empty -= 1
            if bit > end:
                return _MISSING
        done += wanted
        wrong = _over(bit, end)
        if wrong:
            return int(wrong)
    return 0 if done == mcus else _MISSING
