"""The keys of the configuration file for access and announcement."""

from pathlib import Path

import pytest

from wyoming_bridge.access import Balancers
from wyoming_bridge.config import ACCESS_TOKEN_VARIABLE, Access, Config
from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.tokens import access_token
from wyoming_bridge.config.values import TlsFiles
from wyoming_bridge.errors import ConfigError


def load(folder: Path, text: str, **environment: str) -> Config:
    path = folder / "bridge.yaml"
    path.write_text(text)
    return load_config(path, environment=environment)


def test_by_default_every_client_is_allowed_and_the_bridge_is_not_announced(
    tmp_path: Path,
) -> None:
    config = load(tmp_path, "log: info")

    assert config.access == Access()
    assert not config.zeroconf


@pytest.mark.parametrize(
    "key", ["access_token: t0k3n", "access_token_file: bridge.token", "access_token_env: BRIDGE"]
)
def test_the_token_is_read_from_any_of_three_sources(key: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.token").write_text("t0k3n\n")
    config = load(tmp_path, f"{key}\nallow: [10.0.0.0/8, fd00::1]\nzeroconf: true", BRIDGE="t0k3n")

    assert config.access == Access(token="t0k3n", allow=("10.0.0.0/8", "fd00::1"))
    assert config.zeroconf
    assert "t0k3n" not in repr(config)


def test_clients_on_this_machine_can_be_required_to_prove_the_token(tmp_path: Path) -> None:
    config = load(tmp_path, "access_token: t0k3n\ntrust_loopback: false")

    assert config.access == Access(token="t0k3n", trust_loopback=False)


def test_the_header_of_a_balancer_is_read_only_if_the_user_says_so(tmp_path: Path) -> None:
    assert load(tmp_path, "log: info").balancers is None
    assert load(tmp_path, "proxy_protocol: true").balancers == Balancers()
    listed = load(tmp_path, "proxy_protocol: true\nproxy_from: [10.0.0.5]").balancers
    assert listed == Balancers(networks=("10.0.0.5",))


def test_the_files_of_the_certificate_are_beside_the_configuration(tmp_path: Path) -> None:
    config = load(tmp_path, "tls: {certificate: bridge.pem, key: /etc/keys/bridge.pem}")

    assert load(tmp_path, "log: info").tls is None
    assert config.tls == TlsFiles(
        certificate=tmp_path / "bridge.pem", key=Path("/etc/keys/bridge.pem")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "access_token: s3cret\naccess_token_env: E",
            "access_token and access_token_env: only one of these keys is allowed",
        ),
        ("access_token: ''", "access_token: must not be empty"),
        ("access_token: 5", "access_token: must be text"),
        ("access_token: s3cret words", "access_token: must be printable ASCII without spaces"),
        ("access_token_env: E", "access_token_env: the environment variable E is not set"),
        ("access_token_file: none", "none cannot be read"),
        ("access_token_file: empty", "empty is empty"),
        ("allow: 10.0.0.1", "allow: must be a list of texts"),
        ("allow: [kitchen]", "allow: 'kitchen' does not appear to be an IPv4 or IPv6 network"),
        ("zeroconf: 1", "zeroconf: must be true or false"),
        ("tls: true", "tls: "),
        ("tls: {certificate: a.pem}", "tls.key: must be the path of a file, but it is missing"),
        ("tls: {key: a.pem}", "tls.certificate: must be the path of a file, but it is missing"),
        ("tls: {certificate: 1, key: a}", "tls.certificate: must be text"),
        (
            "tls: {cert: a}",
            "tls.cert: unknown key (did you mean certificate?); available: certificate, key",
        ),
        ("proxy_protocol: v2", "proxy_protocol: must be true or false"),
        ("proxy_from: [10.0.0.1]", "proxy_from: requires proxy_protocol: true"),
        ("proxy_protocol: true\nproxy_from: []", "proxy_from: must have at least one address"),
        ("proxy_protocol: true\nproxy_from: [lb]", "proxy_from: 'lb' does not appear to be"),
    ],
)
def test_an_error_names_the_key_and_never_quotes_the_token(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_client_reads_its_token_from_a_file_or_else_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    environment = {ACCESS_TOKEN_VARIABLE: "from-env"}

    assert access_token(file, environment=environment) == "from-file"
    assert access_token(None, environment=environment) == "from-env"
    assert access_token(None, environment={}) is None


def test_the_error_names_the_source_that_has_no_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"access_token_file: .*none cannot be read"):
        access_token(tmp_path / "none", environment={})
    with pytest.raises(
        ConfigError, match=f"the environment variable {ACCESS_TOKEN_VARIABLE} is not set"
    ):
        access_token(None, environment={ACCESS_TOKEN_VARIABLE: ""})
