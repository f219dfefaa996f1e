"""The key ``page`` of the configuration."""

from pathlib import Path

import pytest

from wyoming_bridge.config.file import load_config
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.page.settings import PageSettings


def loaded(tmp_path: Path, text: str) -> PageSettings | None:
    file = tmp_path / "bridge.yaml"
    file.write_text(text)
    return load_config(file).page


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("listen: tcp://127.0.0.1:10300", None),
        ("page: 127.0.0.1:8080", PageSettings(address="127.0.0.1:8080")),
        ("page: {}", PageSettings()),
        (
            "page: {address: '*:8080', hosts: [voice.example], ingress: true}",
            PageSettings(address="*:8080", hosts=("voice.example",), ingress=True),
        ),
    ],
)
def test_the_key_is_an_address_or_a_mapping(
    tmp_path: Path, text: str, settings: PageSettings | None
) -> None:
    assert loaded(tmp_path, text) == settings


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "page: 10381",
            "page: must be host:port, such as 127.0.0.1:10381, or a mapping, got 10381",
        ),
        ("page: true", "page: must be host:port, such as 127.0.0.1:10381, or a mapping, got True"),
        ("page: nowhere", "page.address: must be host:port"),
        (
            "page: {adress: '*:80'}",
            "page.adress: unknown key (did you mean address?); available: address, hosts, ingress",
        ),
        ("page: {ingress: 1}", "page.ingress: must be true or false"),
        ("page: {hosts: ['a/b']}", "page.hosts: must be host or host:port"),
    ],
)
def test_an_error_names_the_key_and_what_is_allowed(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)

    assert problem in str(caught.value)
