"""A provider of log-ins on this computer: real keys, a browser's steps, and every lie that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from amr_fleet.oidc.tokens import LOGOUT_EVENT
from tests.serving import serving

CLIENT, SECRET, ACCESS = "amr", "s3cret-of-the-client", "an-access.token~1=="


@dataclass
class LoginProvider:
    """keys: those that sign, the first one does; more_keys: as well in its list.

    claims: over what a token says; header: over its header; about: over what it says of itself; token: over the answer
    for a code; status: of every answer; userinfo: what it says there of a person, None = it has no such place.
    """

    port: int = 0
    keys: list[Any] = field(default_factory=lambda: [_first_key()])
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "8f3a", "preferred_username": "lan", "groups": ["amr-operators", "staff"]}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    userinfo: dict[str, Any] | None = None
    more_keys: list[dict[str, Any]] = field(default_factory=list)
    signs: Any = None
    unsigned: bool = False
    shared_secret: bytes = b""
    clock: float = 0.0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    log_outs: int = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browse(self, url: str) -> dict[str, str]:
        """Log in as the browser of a person would; return what the browser brings back. Refuses what is wrong."""
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert (parts.path, asked["response_type"], asked["client_id"]) == ("/authorize", "code", CLIENT), url
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 32
        assert len(asked["nonce"]) >= 32
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings of the fleet for it."""
        return {
            "name": "port", "issuer": self.issuer, "client_id": CLIENT, "url": "http://test", "label": "Cảng Cái Cui",
            "roles": {"amr-operators": "operator", "amr-engineers": "engineer"}, "plain": True, "loopback": True,
        } | more  # fmt: skip

    def document(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        made = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        if self.userinfo is not None:
            made["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return {"issuer": self.issuer, **made, "end_session_endpoint": f"{self.issuer}/bye", **self.about}

    def answer_for(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization not in ("", wanted):
            return 401, {"error": "invalid_client"}
        return 200, {
            "access_token": ACCESS,
            "token_type": "Bearer",
            "id_token": self.id_token(asked["nonce"]),
            **self.token,
        }

    def id_token(self, nonce: str) -> str:
        return self._signed({"nonce": nonce, **self.person})

    def logout_token(self, **about: Any) -> str:
        """Return what it sends when sessions are over; about: sub, sid."""
        self.log_outs += 1
        return self._signed({"jti": f"j{self.log_outs}", "events": {LOGOUT_EVENT: {}}, **about})

    def _signed(self, said: dict[str, Any]) -> str:
        now = int(self.clock or time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, **said, **self.claims}
        said = {name: value for name, value in said.items() if value is not None}
        if self.shared_secret:
            head = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(said)}"
            mac = hmac.new(self.shared_secret, head.encode(), hashlib.sha256).digest()
            return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        key = self.signs or self.keys[0]
        if self.unsigned:
            return f"{_part({'alg': 'none'})}.{_part(said)}."
        usual = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
        header = {"alg": usual, "kid": self.keys[0].kid, **self.header}
        return jwt.encode({n: v for n, v in header.items() if v is not None}, said, key, algorithms=[header["alg"]])


def _part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


_FIRST: list[Any] = []


def _first_key() -> Any:
    if not _FIRST:  # one for all tests of a process: a tenth of a second each
        _FIRST.append(rsa_key("k1"))
    return _FIRST[0]


def ec_key(kid: str) -> Any:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def rsa_key(kid: str) -> Any:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def shared(secret: bytes) -> Any:
    return OctKey.import_key(secret)


@contextmanager
def login_provider() -> Iterator[LoginProvider]:
    """Run a provider."""
    here = LoginProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            keys = {"keys": [*here.more_keys, *(key.as_dict(private=False) for key in here.keys)]}
            pages = {"/.well-known/openid-configuration": here.document(), "/keys": keys}
            if self.headers.get("Authorization") == f"Bearer {ACCESS}":
                pages["/userinfo"] = here.userinfo or {}
            self.say(here.status if self.path in pages else 404, pages.get(self.path, {}))

        def do_POST(self) -> None:
            here.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, answer = here.answer_for(form, self.headers.get("Authorization", ""))
            self.say(status if here.status == 200 else here.status, answer)

        def say(self, status: int, answer: dict[str, Any]) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.port = server.server_address[1]
    with serving(server):
        yield here
