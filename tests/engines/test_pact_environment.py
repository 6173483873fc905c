"""The environment of pact's verifier."""

from __future__ import annotations

import os
import ssl

import pytest

from storepact.engines.pact import _environment_of_verifier

_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("PACT_DO_NOT_TRACK", "NO_PROXY", "no_proxy", *_TRUST):
        monkeypatch.delenv(name, raising=False)


def test_nothing_is_reported_and_the_relay_needs_no_proxy(monkeypatch):
    """What was set before is kept, and set again afterwards."""
    monkeypatch.setenv("NO_PROXY", "intern.example")
    with _environment_of_verifier(uses_tls=True):
        assert os.environ["PACT_DO_NOT_TRACK"] == "true"
        assert os.environ["NO_PROXY"] == "intern.example,127.0.0.1,localhost"
    assert os.environ["NO_PROXY"] == "intern.example"
    assert "PACT_DO_NOT_TRACK" not in os.environ


def test_trusted_certificates_are_not_changed_where_tls_may_be_used(monkeypatch):
    """A live target may be connected to again at any moment."""
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/company.pem")
    with _environment_of_verifier(uses_tls=True):
        assert os.environ["SSL_CERT_FILE"] == "/etc/company.pem"
        assert "SSL_CERT_DIR" not in os.environ


def test_without_tls_one_certificate_is_read():
    """The file holds one certificate, its folder no other one; both are gone afterwards."""
    with _environment_of_verifier(uses_tls=False):
        file, folder = (os.environ[name] for name in _TRUST)
        assert len(ssl.create_default_context(cafile=file).get_ca_certs()) == 1
        assert os.listdir(folder) == [os.path.basename(file)]
    assert not any(name in os.environ for name in _TRUST)
    assert not os.path.exists(folder)
