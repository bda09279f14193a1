"""Merkle trees over append-only logs, as RFC 6962 (section 2.1) has them: roots, frontiers, proofs. Hashes: 32 bytes.

A tree over n leaves is known by its frontier: the roots of its complete subtrees, largest first, one for each bit
that is set in n. Appending needs the frontier only; proofs need all leaf hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """What is needed to append to a tree and to know its root; at most 64 hashes."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier of the tree over leaf hashes."""
        frontier = cls()
        frontier.extend(leaves)
        return frontier

    @classmethod
    def from_bytes(cls, size: int, packed: bytes) -> Frontier:
        """Read what `to_bytes` gave; ValueError when it cannot belong to a tree of that size."""
        if size < 0 or len(packed) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(packed)} bytes are no frontier of {size} leaves")
        return cls(size, [packed[i : i + HASH_BYTES] for i in range(0, len(packed), HASH_BYTES)])

    def to_bytes(self) -> bytes:
        """Return the hashes in one piece, largest subtree first."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        carry = leaf
        size = self.size
        while size & 1:
            carry = node_hash(self.hashes.pop(), carry)
            size >>= 1
        self.hashes.append(carry)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of many leaves, level by level: half the time of one after the other."""
        row, above = list(leaves), self.size
        self.size += len(row)
        left: list[bytes] = []  # of each level what has no partner, lowest first
        while row:
            if above & 1:
                row.insert(0, self.hashes.pop())
            if len(row) & 1:
                left.append(row.pop())
            pairs = iter(row)
            row = [hashlib.sha256(b"\x01" + one + other).digest() for one, other in zip(pairs, pairs, strict=True)]
            above >>= 1
        self.hashes += reversed(left)

    def root(self) -> bytes:
        """Return the root."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over leaf hashes."""
    return Frontier.of(leaves).root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of a leaf, lowest first (RFC 6962, 2.1.1); ValueError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion_proof(index, leaves[:half]), root_of(leaves[half:])]
    return [*inclusion_proof(index - half, leaves[half:]), root_of(leaves[:half])]


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that a proof leads to from a leaf hash; ValueError when the proof has another length."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    last, root, path = size - 1, leaf, list(proof)
    while last:
        if index & 1 or index < last:
            if not path:
                raise ValueError("the proof is too short")
            other = path.pop(0)
            root = node_hash(other, root) if index & 1 else node_hash(root, other)
        index >>= 1
        last >>= 1
    if path:
        raise ValueError("the proof is too long")
    return root


def consistency_proof(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the tree over the first `old` leaves only grew (RFC 6962, 2.1.2)."""
    if not 0 < old <= len(leaves):
        raise ValueError(f"no tree of {old} before one of {len(leaves)}")
    return _subproof(old, leaves, whole=True)


def _subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    half = _split(len(leaves))
    if old <= half:
        return [*_subproof(old, leaves[:half], whole=whole), root_of(leaves[half:])]
    return [*_subproof(old - half, leaves[half:], whole=False), root_of(leaves[:half])]


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows that the tree of `new` leaves begins with the tree of `old` leaves."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:  # the old tree is a node of the new one: its root stands for it
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path.pop(0)
    for other in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, other)
        node, last = node >> 1, last >> 1
    return first == old_root and second == new_root and last == 0


def _split(size: int) -> int:
    """Return the largest power of two below size (size >= 2): where RFC 6962 cuts a tree."""
    return 1 << ((size - 1).bit_length() - 1)
