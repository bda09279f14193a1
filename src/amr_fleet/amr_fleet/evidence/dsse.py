"""Attestations: in-toto Statement v1 in DSSE envelopes, signed with Ed25519.

What checks them elsewhere: `cosign verify-blob-attestation --key`, or openssl over the pre-authentication encoding.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import rfc8785

from amr_core.errors import AmrError

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
INCIDENT_TYPE: Final = "https://amr-stack.example/attestation/incident/v1"
REPORT_TYPE: Final = "https://amr-stack.example/attestation/report/v1"
DOSSIER_TYPE: Final = "https://amr-stack.example/attestation/trial-dossier/v1"


def pae(payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: what is signed."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def statement(subjects: Mapping[str, bytes], predicate_type: str, predicate: Mapping[str, Any]) -> bytes:
    """Return a statement about files (name -> content) as canonical JSON."""
    named = [{"name": name, "digest": {"sha256": sha256(subjects[name])}} for name in sorted(subjects)]
    body: dict[str, Any] = {
        "_type": STATEMENT,
        "subject": named,
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return rfc8785.dumps(body)


def envelope(payload: bytes, keyid: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a signed envelope as canonical JSON."""
    signature = base64.b64encode(sign(pae(payload))).decode()
    body: dict[str, Any] = {
        "payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": keyid, "sig": signature}],
    }  # fmt: skip
    return rfc8785.dumps(body)


def opened(content: bytes, verify: Callable[[bytes, bytes], bool], keyid: str) -> dict[str, Any]:
    """Return the statement of an envelope whose signature holds; raise evidence.bad_note for any other bytes."""
    try:
        body = json.loads(content)
        payload = base64.b64decode(body["payload"], validate=True)
        (signed,) = body["signatures"]
        signature = base64.b64decode(signed["sig"], validate=True)
        if body["payloadType"] != PAYLOAD_TYPE or signed["keyid"] != keyid or rfc8785.dumps(body) != content:
            raise ValueError("not an envelope")
        if envelope(payload, keyid, lambda _content: signature) != content:
            raise ValueError("another spelling of an envelope")
        if not verify(pae(payload), signature):
            raise AmrError("evidence.bad_note", reason="its signature does not hold")
        found: dict[str, Any] = json.loads(payload)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AmrError("evidence.bad_note", reason="it is no signed attestation") from error
    return found


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
