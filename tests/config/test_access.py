"""Who may use the bridge, and whether it is announced, as the configuration file says it."""

from pathlib import Path

import pytest

from wyoming_bridge.config import ACCESS_TOKEN_VARIABLE, Access, Config
from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.tokens import access_token
from wyoming_bridge.errors import ConfigError


def load(folder: Path, text: str, **environment: str) -> Config:
    path = folder / "bridge.yaml"
    path.write_text(text)
    return load_config(path, environment=environment)


def test_without_a_word_everybody_may_and_nothing_is_announced(tmp_path: Path) -> None:
    config = load(tmp_path, "log: info")

    assert config.access == Access()
    assert not config.zeroconf


@pytest.mark.parametrize(
    "key", ["access_token: t0k3n", "access_token_file: bridge.token", "access_token_env: BRIDGE"]
)
def test_the_token_comes_from_any_of_three_places(key: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.token").write_text("t0k3n\n")
    config = load(tmp_path, f"{key}\nallow: [10.0.0.0/8, fd00::1]\nzeroconf: true", BRIDGE="t0k3n")

    assert config.access == Access(token="t0k3n", allow=("10.0.0.0/8", "fd00::1"))
    assert config.zeroconf
    assert "t0k3n" not in repr(config)


def test_this_machine_can_be_distrusted(tmp_path: Path) -> None:
    config = load(tmp_path, "access_token: t0k3n\ntrust_loopback: false")

    assert config.access == Access(token="t0k3n", trust_loopback=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "access_token: s3cret\naccess_token_env: E",
            "access_token and access_token_env: only one of them is possible",
        ),
        ("access_token: ''", "access_token: is empty"),
        ("access_token: 5", "access_token: is not text"),
        ("access_token: s3cret words", "access_token: must be printable ASCII without spaces"),
        ("access_token_env: E", "access_token_env: the environment has no E"),
        ("access_token_file: none", "none cannot be read"),
        ("access_token_file: empty", "empty is empty"),
        ("allow: 10.0.0.1", "allow: is not a list of texts"),
        ("allow: [kitchen]", "allow: 'kitchen' is no address and no network"),
        ("zeroconf: 1", "zeroconf: is not true or false"),
    ],
)
def test_what_is_wrong_is_named_and_no_token_is_quoted(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_client_has_its_token_from_a_file_or_else_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    environment = {ACCESS_TOKEN_VARIABLE: "from-env"}

    assert access_token(file, environment=environment) == "from-file"
    assert access_token(None, environment=environment) == "from-env"
    assert access_token(None, environment={}) is None


def test_a_client_is_told_where_its_token_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"access_token_file: .*none cannot be read"):
        access_token(tmp_path / "none", environment={})
    with pytest.raises(ConfigError, match=f"the environment has no {ACCESS_TOKEN_VARIABLE}"):
        access_token(None, environment={ACCESS_TOKEN_VARIABLE: ""})
