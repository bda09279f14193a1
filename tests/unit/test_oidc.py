"""What is believed of a provider of log-ins, and what is not: settings, addresses, keys, tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.sign_on import SignOn
from amr_fleet.oidc.endings import Endings
from amr_fleet.oidc.flow import LIFE_S, MOST, BegunLogins
from amr_fleet.oidc.provider import GOOD_S, Provider
from amr_fleet.oidc.settings import OidcSettings, load_oidc
from amr_fleet.oidc.tokens import LEEWAY_S, OLDEST_S, LogoutToken
from tests.oidc_provider import CLIENT, SECRET, LoginProvider, ec_key, login_provider, rsa_key, shared

NOW = 1_800_000_000.0
GOOD = {
    "name": "port", "issuer": "https://id.port.example/realms/a", "client_id": "amr", "url": "https://amr.port.example",
    "label": "Cảng", "roles": {"ops": "operator"},
}  # fmt: skip


@pytest.fixture
def there() -> Iterator[LoginProvider]:
    with login_provider() as made:
        made.clock = NOW
        yield made


def claims(there: LoginProvider, clock: float = NOW, **more: Any) -> dict[str, Any]:
    """Go through a log-in; return what is believed of the person."""
    settings = OidcSettings.model_validate(there.settings(**more))
    return ask(there, Provider(settings, lambda: clock))


def ask(there: LoginProvider, provider: Provider) -> dict[str, Any]:
    desk = SignOn(provider.settings, None, provider)  # type: ignore[arg-type]
    token, url = desk.start("")
    said = there.browse(url)
    begun = desk.begun.take(token)
    desk.close()
    assert begun is not None
    return provider.claims(said["code"], begun.verifier, begun.nonce)


def refusal(there: LoginProvider, **more: Any) -> str:
    with pytest.raises(AmrError) as raised:
        claims(there, **more)
    assert raised.value.code in ("oidc.refused", "oidc.provider"), raised.value
    return f"{raised.value.code} {raised.value.facts['reason']}"


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": ""}, {"issuer": "id.port.example"}, {"issuer": "http://id.port.example"}, {"client_id": ""},
        {"issuer": "https://id.port.example?a=1"}, {"issuer": "https://u:p@id.port.example"}, {"url": "ftp://x"},
        {"url": "https://amr.port.example/amr"}, {"label": ""}, {"label": "x" * 41}, {"roles": {}}, {"more": 1},
        {"roles": {"ops": "admin"}}, {"roles": {"ops": "boss"}}, {"roles": ["operator"]}, {"scopes": ["profile"]},
        {"scopes": ["openid", "a b"]}, {"algorithms": []}, {"algorithms": ["HS256"]}, {"algorithms": ["none"]},
        {"secret_file": "/nowhere/secret"}, {"networks": ["x"]}, {"timeout": 0},
    ],
)  # fmt: skip
def test_settings_that_are_none_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "oidc.yaml"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    assert load_oidc(path).redirect == "https://amr.port.example/api/v1/oidc/callback"
    path.write_text(json.dumps(GOOD | change), encoding="utf-8")
    with pytest.raises(AmrError, match=r"parameter\.invalid"):
        load_oidc(path)


@pytest.mark.parametrize(("content", "mode"), [(b"", 0o600), (b"\xff", 0o600), (b"a\nb", 0o600), (b"abc", 0o644)])
def test_a_secret_that_is_none_or_that_others_read_is_refused(tmp_path: Path, content: bytes, mode: int) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    secret.chmod(mode)
    with pytest.raises(AmrError, match=r"parameter\.invalid"):
        OidcSettings.model_validate(GOOD | {"secret_file": str(secret)}).secret()


# Tokens ---------------------------------------------------------------------------------------------------------------


def test_a_person_whom_the_provider_knows_is_believed(there: LoginProvider) -> None:
    said = claims(there)
    assert (said["sub"], said["preferred_username"]) == ("8f3a", "lan")
    assert there.asked == ["/.well-known/openid-configuration", "/token", "/keys"]


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"iss": "http://other.example"}, "invalid_claim iss"), ({"iss": None}, "missing_claim"),
        ({"aud": "other"}, "invalid_claim aud"), ({"aud": ["other"]}, "invalid_claim aud"),
        ({"aud": None}, "missing_claim"), ({"aud": 7}, "invalid_claim aud"), ({"aud": [CLIENT, "other"]}, "azp"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "azp"), ({"azp": "other"}, "azp"),
        ({"exp": NOW - 61}, "expired_token"), ({"exp": None}, "missing_claim"), ({"exp": "soon"}, "invalid_claim exp"),
        ({"nbf": NOW + 120}, "nbf"), ({"iat": NOW - 700, "exp": NOW + 300}, "invalid_claim iat"),
        ({"iat": NOW + 120}, "iat"), ({"iat": None}, "missing_claim"), ({"nonce": "other"}, "nonce"),
        ({"nonce": None}, "missing_claim"), ({"nonce": ["a"]}, "nonce"), ({"sub": None}, "missing_claim"),
        ({"iat": float("nan")}, "iat"), ({"exp": float("nan")}, "exp"), ({"exp": float("inf")}, "exp"),
        ({"iat": -(10**400)}, "iat"), ({"iat": True}, "iat"), ({"exp": [NOW]}, "exp"),
        ({"sub": ""}, "invalid_claim sub"), ({"sub": 5}, "invalid_claim sub"), ({"sub": "x" * 300}, "sub"),
    ],
)  # fmt: skip
def test_a_token_that_is_not_for_us_now_is_refused(there: LoginProvider, lie: dict[str, Any], why: str) -> None:
    there.claims = lie
    assert why in refusal(there)


def test_a_token_for_several_that_we_asked_for_is_taken(there: LoginProvider) -> None:
    there.claims = {"aud": [CLIENT, "other"], "azp": CLIENT}
    assert claims(there)["sub"] == "8f3a"


def test_a_token_that_nobody_signed_is_refused(there: LoginProvider) -> None:
    there.unsigned = True
    assert "oidc.refused" in refusal(there)


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(there: LoginProvider) -> None:
    there.shared_secret = there.keys[0].as_pem(private=False)
    assert "oidc.refused" in refusal(there)


def test_a_token_of_another_key_under_the_same_name_is_refused(there: LoginProvider) -> None:
    there.signs = rsa_key("k1")
    assert "bad_signature" in refusal(there)


def test_a_key_that_the_provider_does_not_name_is_refused(there: LoginProvider) -> None:
    there.header = {"kid": "elsewhere"}
    assert "none of its keys has signed" in refusal(there)


def test_a_key_that_nobody_here_reads_spoils_no_other(there: LoginProvider) -> None:
    """RFC 7517, 5: of a key set, what is not understood is ignored."""
    there.more_keys = [
        {"kty": "EC", "crv": "brainpoolP256r1", "x": "AA", "y": "AA", "kid": "b"}, {"kty": "RSA", "kid": "half"},
        {"kty": "RSA", "n": 7, "e": [], "kid": "odd"}, {"kty": ["RSA"]},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "off"},
    ]  # fmt: skip
    assert claims(there)["sub"] == "8f3a"


def test_a_shared_secret_among_its_keys_is_no_key(there: LoginProvider) -> None:
    secret = shared(b"0123456789abcdef0123456789abcdef")
    there.signs, there.header = secret, {"alg": "HS256"}
    there.keys = [there.keys[0], secret]
    assert "oidc.refused" in refusal(there)


def test_an_algorithm_that_the_site_does_not_allow_is_refused(there: LoginProvider) -> None:
    there.keys = [ec_key("e1")]
    assert claims(there)["sub"] == "8f3a"
    assert "oidc.refused" in refusal(there, algorithms=["RS256"])


DEEP = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 11_000).decode().rstrip("=")


@pytest.mark.parametrize("token", [None, 7, "", "a.b", "a.b.c", "....", "x" * 20_000, "ế.ế.ế", f"{DEEP}.e30.e30"])
def test_what_is_no_token_is_refused(there: LoginProvider, token: object) -> None:
    there.token = {"id_token": token}
    assert "oidc.refused" in refusal(there)


def test_new_keys_are_asked_for_when_one_is_unknown(there: LoginProvider) -> None:
    clock = [NOW]
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    ask(there, provider)
    there.keys = [rsa_key("k2")]
    with pytest.raises(AmrError, match=r"oidc\.refused"):  # asked a moment ago: no flood at the provider
        ask(there, provider)
    clock[0] += 40.0
    assert ask(there, provider)["sub"] == "8f3a"
    assert there.asked.count("/keys") == 2
    clock[0] = there.clock = NOW + GOOD_S + 100.0
    ask(there, provider)
    assert there.asked.count("/keys") == 3


def test_new_keys_are_asked_for_when_the_name_of_the_old_one_has_another(there: LoginProvider) -> None:
    clock = [NOW]
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    ask(there, provider)
    there.keys = [rsa_key("k1")]
    clock[0] += 40.0
    assert ask(there, provider)["sub"] == "8f3a"


def test_it_is_asked_anew_before_a_browser_is_sent_there(there: LoginProvider) -> None:
    clock = [NOW]
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    for _ in range(3):
        ask(there, provider)
    assert there.asked.count("/.well-known/openid-configuration") == 1
    clock[0], there.status = NOW + 6.0, 503
    with pytest.raises(AmrError, match=r"oidc\.provider"):
        ask(there, provider)


def test_a_clock_that_was_set_back_makes_nothing_known_last_longer(there: LoginProvider) -> None:
    clock = [NOW]
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    ask(there, provider)
    clock[0] = there.clock = NOW - 86_400.0
    there.keys = [rsa_key("k2")]
    assert ask(there, provider)["sub"] == "8f3a"


# What the userinfo endpoint says ------------------------------------------------------------------------------------


def test_what_the_token_leaves_out_the_userinfo_endpoint_may_say(there: LoginProvider) -> None:
    there.person = {"sub": "8f3a", "preferred_username": "lan"}
    assert "groups" not in claims(there), "there is no such endpoint"
    there.userinfo = {"sub": "8f3a", "groups": ["amr-operators"], "preferred_username": "somebody", "iss": "x"}
    said = claims(there)
    assert (said["groups"], said["preferred_username"], said["iss"]) == (["amr-operators"], "lan", there.issuer)
    there.person["groups"] = []
    assert claims(there)["groups"] == [], "the token has said it"


@pytest.mark.parametrize("userinfo", [{}, {"sub": "other", "groups": ["amr-engineers"]}, {"sub": ["8f3a"]}])
def test_a_userinfo_endpoint_that_speaks_of_somebody_else_is_not_believed(
    there: LoginProvider, userinfo: dict[str, Any]
) -> None:
    there.person, there.userinfo = {"sub": "8f3a"}, userinfo
    assert "somebody else" in refusal(there)


@pytest.mark.parametrize("token", [None, 7, "", "a b", "a\r\nX-Evil: 1", "ế", "x" * 17_000])
def test_an_access_token_that_is_none_is_shown_to_nobody(there: LoginProvider, token: object) -> None:
    there.person, there.userinfo = {"sub": "8f3a"}, {"sub": "8f3a", "groups": ["amr-operators"]}
    there.token = {"access_token": token}
    assert "groups" not in claims(there)
    assert "/userinfo" not in there.asked


# The provider ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "another name"), ({"issuer": None}, "another name"),
        ({"token_endpoint": None}, "token_endpoint"), ({"token_endpoint": 5}, "token_endpoint"),
        ({"token_endpoint": "file:///etc/passwd"}, "token_endpoint"), ({"jwks_uri": "javascript:alert(1)"}, "jwks_uri"),
        ({"authorization_endpoint": "//x"}, "authorization_endpoint"), ({"end_session_endpoint": 3}, "end_session"),
        ({"userinfo_endpoint": "gopher://x"}, "userinfo_endpoint"), ({"end_session_endpoint": ""}, "end_session"),
    ],
)  # fmt: skip
def test_what_it_says_of_itself_must_be_right(there: LoginProvider, lie: dict[str, Any], why: str) -> None:
    there.about = lie
    assert why in refusal(there)


def test_an_address_that_is_not_the_sites_is_not_called(there: LoginProvider) -> None:
    assert "this computer" in refusal(there, loopback=False)
    there.about = {"token_endpoint": "http://169.254.169.254/token"}
    assert "never a target" in refusal(there)
    there.about = {"jwks_uri": "http://10.9.9.9/keys"}
    assert "none of the target's networks" in refusal(there)


@pytest.mark.parametrize(("status", "code"), [(500, "oidc.provider"), (404, "oidc.refused"), (302, "oidc.refused")])
def test_a_provider_in_trouble_is_told_apart(there: LoginProvider, status: int, code: str) -> None:
    there.status = status
    assert refusal(there).startswith(code)


def test_a_client_shows_its_secret(there: LoginProvider, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    assert claims(there, secret_file=str(secret))["sub"] == "8f3a"
    secret.write_text("wrong")
    assert "invalid_client" in refusal(there, secret_file=str(secret))


# Begun log-ins --------------------------------------------------------------------------------------------------------


def test_a_begun_log_in_is_good_once_and_for_ten_minutes() -> None:
    clock = [0.0]
    begun = BegunLogins(lambda: clock[0])
    token, made = begun.begin("lan")
    assert made.link_to == "lan"
    assert made.is_state(made.state)
    assert not made.is_state("")
    assert not made.is_state(made.state + "ế\ud800")
    assert begun.take(token) is made
    assert begun.take(token) is None
    token, _ = begun.begin()
    waits = begun.wait_for_code("lan", "8f3a", "s-1")
    found = begun.waiting(waits)
    assert found is not None
    assert (found.user, found.identity) == ("lan", "8f3a")
    assert begun.waiting("other") is None
    assert begun.waiting(begun.begin()[0]) is None, "it waits for an answer, not for a code"
    clock[0] += LIFE_S + 1.0
    assert begun.take(token) is None
    assert begun.waiting(waits) is None


def test_the_challenge_is_that_of_rfc_7636() -> None:
    from dataclasses import replace

    _, made = BegunLogins().begin()
    example = replace(made, verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert example.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_who_begins_many_keeps_nobody_out() -> None:
    begun = BegunLogins()
    first, _ = begun.begin()
    others = [begun.begin() for _ in range(MOST)]
    assert begun.take(first) is None, "the oldest has gone"
    assert all(begun.take(token) is made for token, made in others)


def test_what_a_provider_once_said_of_the_way_out_is_good_while_it_is_away(there: LoginProvider) -> None:
    clock = [NOW]
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    assert provider.leave() == f"{there.issuer}/bye"
    clock[0], there.status = NOW + 2 * GOOD_S, 503
    assert provider.leave() == f"{there.issuer}/bye"
    assert Provider(OidcSettings.model_validate(there.settings()), lambda: NOW).leave() == ""


def test_who_comes_while_it_is_away_does_not_wait_for_it_again(there: LoginProvider) -> None:
    clock, there.status = [NOW], 503
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: clock[0])
    for _ in range(3):
        with pytest.raises(AmrError, match=r"oidc\.provider"):
            provider.about()
    assert len(there.asked) == 1
    clock[0], there.status = NOW + 6.0, 200
    assert provider.about().leave == f"{there.issuer}/bye"


# Log-outs at the provider ---------------------------------------------------------------------------------------------


def test_a_logout_token_is_good_once_as_long_as_it_is_believed() -> None:
    clock = [0.0]
    endings = Endings(lambda: clock[0])
    endings.use("a")
    clock[0] = OLDEST_S + LEEWAY_S
    with pytest.raises(AmrError, match=r"oidc\.bad_log_out"):
        endings.use("a")
    endings.unused("a")
    endings.use("a")
    clock[0] *= 3
    endings.use("b")
    endings.use("a")  # nobody believes the first one any more: nothing is kept for ever


def test_what_is_over_is_so_for_log_ins_that_were_begun_before() -> None:
    clock = [100.0]
    endings = Endings(lambda: clock[0])
    endings.add("lan", "")
    endings.add("minh", "s-1")
    endings.add("", "s-2")
    covered = {
        (who, sid)
        for who in ("lan", "minh", "mai")
        for sid in ("", "s-1", "s-2", "s-3")
        if endings.cover(who, sid, 99.0)
    }
    assert covered == {
        *(("lan", sid) for sid in ("", "s-1", "s-2", "s-3")),
        *(("minh", ""), ("minh", "s-1"), ("minh", "s-2"), ("mai", "s-2")),
    }
    assert not endings.cover("lan", "", 101.0)
    clock[0] = 2000.0
    endings.add("x", "")
    assert not endings.cover("lan", "", 0.0), "no log-in takes so long: it is forgotten"


def test_an_id_token_and_a_logout_token_are_not_each_other(there: LoginProvider) -> None:
    there.clock = NOW
    provider = Provider(OidcSettings.model_validate(there.settings()), lambda: NOW)
    assert provider.logout(there.logout_token(sub="8f3a", sid="s")) == LogoutToken("j1", "8f3a", "s")
    with pytest.raises(AmrError, match=r"oidc\.refused"):
        provider.logout(there.id_token("n"))
    there.token = {"id_token": there.logout_token(sub="8f3a")}
    assert "nonce" in refusal(there)
