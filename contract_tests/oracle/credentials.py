"""Whether a call presents valid credentials, by the security schemes of the document."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from contract_tests.exchange import Call
from governance_contract.operations import Operation
from governance_contract.security import Requirement, SecurityScheme

NO_CREDENTIALS = "no-credentials"
WRONG_KEY = "wrong-key"
OTHER_SCHEME = "other-scheme"
OTHER_PLACE = "other-place"
OTHER_PRINCIPAL = "other-principal"
"""The aspects of the rules that invalid credentials break."""

VALID = ""
UNCLEAR = "unclear"


@dataclass(frozen=True)
class Credentials:
    """The key that opens the target, and keys that must not open it, such as those of other kinds of users."""

    key: str = field(repr=False)
    principals: frozenset[str] = field(default=frozenset(), repr=False)

    def judge(self, call: Call, operation: Operation) -> str:
        """Return `VALID`, `UNCLEAR`, or the aspect of the rule by which a call must be refused.

        A call whose `authorization` is None carries valid credentials: the client adds them.
        """
        if operation.is_open or call.authorization is None:
            return VALID
        verdicts = {self._judge_all(call, requirement) for requirement in operation.security}
        if VALID in verdicts:
            return VALID
        if UNCLEAR in verdicts:
            return UNCLEAR
        return self._aspect(call, [scheme for requirement in operation.security for scheme in requirement])

    def _judge_all(self, call: Call, requirement: Requirement) -> str | None:
        """Return whether a call satisfies all schemes of a requirement: `VALID`, `UNCLEAR`, or None where not."""
        unclear = False
        for scheme in requirement:
            given, expected = _given(call, scheme), self._expected(scheme)
            if given is None or _normal(given) != _normal(expected):
                return None
            unclear |= given != expected  # another case of the scheme, or more blanks: servers may take or refuse it
        return UNCLEAR if unclear else VALID

    def _aspect(self, call: Call, schemes: list[SecurityScheme]) -> str:
        for scheme in schemes:
            given = _given(call, scheme)
            if not given:
                continue
            if scheme.type != "http":
                return self._of_token(given)
            word, _, token = given.partition(" ")
            if word.lower() != scheme.scheme or not token:
                return OTHER_SCHEME
            return self._of_token(token.strip())
        headers = [value for name, value in _headers(call).items() if self.key in value and name != "cookie"]
        elsewhere = [value for _, value in call.query_pairs if self.key in value]
        is_in_one_header = len(headers) == 1 and not elsewhere
        return OTHER_PLACE if is_in_one_header else NO_CREDENTIALS

    def _of_token(self, token: str) -> str:
        return OTHER_PRINCIPAL if token in self.principals else WRONG_KEY

    def _expected(self, scheme: SecurityScheme) -> str:
        if scheme.type != "http":
            return self.key
        if scheme.scheme == "basic":
            return f"Basic {b64encode(self.key.encode()).decode()}"
        return f"{scheme.scheme.capitalize()} {self.key}"


def _given(call: Call, scheme: SecurityScheme) -> str | None:
    """Return what a call presents where a scheme looks, None where there is nothing."""
    headers = _headers(call)
    if scheme.location == "header":
        return headers.get(scheme.name.lower())
    if scheme.location == "query":
        return dict(call.query_pairs).get(scheme.name)
    cookie = SimpleCookie()
    try:
        cookie.load(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookie[scheme.name].value if scheme.name in cookie else None


def _headers(call: Call) -> Mapping[str, str]:
    own = {name.lower(): value for name, value in call.headers.items()}
    return {**own, "authorization": call.authorization} if call.authorization else own


def _normal(text: str) -> tuple[str, str]:
    scheme, _, rest = text.strip().partition(" ")
    return scheme.lower(), rest.strip()
