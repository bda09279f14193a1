"""Merkle trees: RFC 6962's definition, its published roots, proofs that only the truth passes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    root_by_inclusion,
    root_of,
)

# The reference inputs and roots of Certificate Transparency's own tests.
_INPUTS = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = _by_definition(leaves[:half]), _by_definition(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def _leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(count)]


def test_the_published_roots() -> None:
    leaves = [leaf_hash(content) for content in _INPUTS]
    assert [root_of(leaves[: i + 1]).hex() for i in range(8)] == _ROOTS
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.integers(0, 200))
def test_a_frontier_kept_on_disk_goes_on_as_if_it_had_never_stopped(count: int) -> None:
    leaves = _leaves(count)
    frontier = Frontier()
    for leaf in leaves:
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
        frontier.append(leaf)
    assert (frontier.size, frontier.root()) == (count, _by_definition(leaves))


@given(st.data())
def test_inclusion_holds_for_the_leaf_and_for_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = _leaves(size)
    proof = inclusion_proof(index, leaves)
    assert root_by_inclusion(index, size, leaves[index], proof) == root_of(leaves)
    assert root_by_inclusion(index, size, leaf_hash(b"another"), proof) != root_of(leaves)
    if proof:
        with pytest.raises(ValueError, match="too short"):
            root_by_inclusion(index, size, leaves[index], proof[:-1])
    with pytest.raises(ValueError, match="too long"):
        root_by_inclusion(index, size, leaves[index], [*proof, leaves[0]])


@given(st.data())
def test_consistency_holds_for_a_tree_that_grew_and_for_nothing_else(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    leaves = _leaves(new)
    proof = consistency_proof(old, leaves)
    assert is_consistent(old, root_of(leaves[:old]), new, root_of(leaves), proof)
    changed = list(leaves)
    changed[data.draw(st.integers(0, old - 1))] = leaf_hash(b"edited later")
    assert not is_consistent(old, root_of(leaves[:old]), new, root_of(changed), consistency_proof(old, changed))
    assert not is_consistent(old, root_of(leaves[:old]), new, root_of(leaves), [*proof, leaves[0]])


@pytest.mark.parametrize(("size", "packed"), [(-1, b""), (3, b"x" * 32), (0, b"x"), (1, b"x" * 31)])
def test_rubbish_is_no_frontier(size: int, packed: bytes) -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Frontier.from_bytes(size, packed)


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, _leaves(size))
    with pytest.raises(ValueError, match="no leaf"):
        root_by_inclusion(index, size, leaf_hash(b""), [])


@given(st.lists(st.integers(0, 40), max_size=8))
def test_many_leaves_at_once_are_as_one_after_the_other(runs: list[int]) -> None:
    one, many = Frontier(), Frontier()
    leaves = iter(_leaves(sum(runs)))
    for run in runs:
        some = [next(leaves) for _ in range(run)]
        for leaf in some:
            one.append(leaf)
        many.extend(some)
        assert (many.size, many.hashes, many.root()) == (one.size, one.hashes, one.root())
