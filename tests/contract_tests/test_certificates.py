"""A target behind TLS, with a certificate of an authority that nobody else knows."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.contract_tests.conftest import Done, Served
from tests.contract_tests.relays import relayed


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority of one's own."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Return the file that makes the authority known."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def secured(authority: trustme.CA, serve: Callable[..., Served]) -> Iterator[str]:
    """Yield the URL of a mock behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with relayed(serve(scenario="empty").url, context) as url:
        yield url


def test_a_target_whose_authority_is_named_is_judged(
    secured: str, bundle: str, run_command: Callable[..., Done]
) -> None:
    done = run_command(secured, "--profile", "smoke", REQUESTS_CA_BUNDLE=bundle)

    assert done.code == 0, done.text


def test_a_target_whose_authority_is_unknown_is_no_verdict_and_says_what_to_do(
    secured: str, run_command: Callable[..., Done]
) -> None:
    done = run_command(secured, "--profile", "smoke")

    assert done.code == 2, done.text
    assert f"{secured} cannot be reached: its certificate is not trusted" in done.text
    assert "for a CA of your own set REQUESTS_CA_BUNDLE to its file" in done.text


@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_a_file_that_is_no_certificate_is_named_once(
    content: str | None, secured: str, tmp_path: Path, run_command: Callable[..., Done]
) -> None:
    path = tmp_path / "none.pem"
    if content:
        path.write_text(content, encoding="utf-8")

    done = run_command(secured, "--profile", "smoke", REQUESTS_CA_BUNDLE=str(path))

    assert done.code == 2, done.text
    assert done.text.count(f"the suite could not judge: {secured} cannot be reached: ") == 1
    assert "REQUESTS_CA_BUNDLE" in done.text


def test_what_is_left_behind_tls_can_be_reaped(secured: str, bundle: str, run_command: Callable[..., Done]) -> None:
    done = run_command("reap", secured, "--older-than", "0s", "--dry-run", REQUESTS_CA_BUNDLE=bundle)

    assert done.code == 0, done.text
