"""The keys of the configuration that say where the names of the house come from."""

from pathlib import Path

import pytest

from wyoming_bridge.config.file import load_config
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.home import HomeAssistantApi
from wyoming_bridge.house import Area, House

TOKEN = "s3cr3t"


def load(folder: Path, text: str) -> House | None:
    return load_config(write(folder, text)).house


def write(folder: Path, text: str) -> Path:
    path = folder / "bridge.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_the_house_is_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text("areas: [{name: Kitchen}]")

    assert load(tmp_path, "house: house.yaml") == House(areas=(Area(name="Kitchen"),))


def test_the_house_is_in_the_configuration_itself(tmp_path: Path) -> None:
    assert load(tmp_path, "house: {areas: [{name: Kitchen}]}") == House(
        areas=(Area(name="Kitchen"),)
    )


def test_without_the_keys_there_is_no_house(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "log: info"))

    assert (config.house, config.home_assistant) == (None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("house: 5", "house: must be the path of a file, or a mapping"),
        ("house: none.yaml", "house: .*none.yaml: No such file"),
        ("house: {areas: [{}]}", r"house\.areas\[0\]\.name: "),
        ("house: {lamps: []}", r"house\.lamps: unknown key"),
        ("home_assistant: 5", "home_assistant: must be a mapping"),
        ("home_assistant: {host: a}", r"home_assistant\.host: unknown key; available: url, "),
        ("home_assistant: {url: 'http://a'}", r"home_assistant\.token: one of"),
        ("home_assistant: {url: a, token: s3cr3t}", r"home_assistant\.url: must be http"),
        ("home_assistant: {token: s3cr3t}", r"home_assistant\.url: must be http"),
        (
            "home_assistant: {url: 'http://a', token: s3cr3t, token_env: X}",
            r"home_assistant\.token and token_env: only one",
        ),
        (
            "home_assistant: {url: 'http://a', token_file: none}",
            r"home_assistant\.token_file: .*none cannot be read",
        ),
    ],
)
def test_an_error_names_the_whole_key_and_no_token(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, text)
    assert TOKEN not in str(caught.value)


def test_an_error_in_the_house_file_names_both_files(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text("areas: [{name: 5}]")

    with pytest.raises(ConfigError, match=r"bridge.yaml: house: .*house.yaml: areas\[0\]\.name: "):
        load(tmp_path, "house: house.yaml")


@pytest.mark.parametrize("source", ["token: s3cr3t", "token_file: ha.token", "token_env: HA"])
def test_the_token_of_home_assistant_is_read(source: str, tmp_path: Path) -> None:
    (tmp_path / "ha.token").write_text("s3cr3t\n")
    path = write(tmp_path, f"home_assistant: {{url: 'http://a.lan:8123', {source}}}")
    config = load_config(path, environment={"HA": TOKEN})

    assert config.home_assistant == HomeAssistantApi(url="http://a.lan:8123", token=TOKEN)
    assert TOKEN not in repr(config)


def test_there_is_a_warning_if_every_user_can_read_the_file_with_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, "home_assistant: {url: 'http://a', token: s3cr3t}")
    path.chmod(0o644)
    load_config(path)

    assert "every user of this machine can read" in caplog.text
    assert TOKEN not in caplog.text
