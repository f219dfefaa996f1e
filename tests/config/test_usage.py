"""The keys of the configuration file for the shared usage."""

import logging
from pathlib import Path

import pytest

from wyoming_bridge.config import Config
from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.usage import UsageServer
from wyoming_bridge.errors import ConfigError


def load(folder: Path, text: str, **environment: str) -> Config:
    path = folder / "bridge.yaml"
    path.write_text(text)
    return load_config(path, environment=environment)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://redis.lan", "redis.lan:6379"),
        ("redis://redis:6380/3", "redis:6380/3"),
        ("redis://user:s3cret@10.0.0.7:6380/0/", "10.0.0.7:6380/0"),
        ("rediss://:s3cret@redis.example.com", "redis.example.com:6379"),
        ("redis://redis.example.com", "redis.example.com:6379"),
        ("redis://[fd00::1]:1", "[fd00::1]:1"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
    ],
)
def test_the_place_of_the_server_has_no_password(url: str, place: str) -> None:
    server = UsageServer(url=url)

    assert server.place == place
    assert "s3cret" not in repr(server)


@pytest.mark.parametrize(
    "text", ["usage: redis://:s3cret@redis/1", "usage_file: redis.url", "usage_env: REDIS_URL"]
)
def test_the_address_is_read_from_any_of_three_sources(text: str, tmp_path: Path) -> None:
    url = "redis://:s3cret@redis/1"
    (tmp_path / "redis.url").write_text(f"{url}\n")
    config = load(tmp_path, text, REDIS_URL=url)

    assert config.usage == UsageServer(url=url)
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("usage: http://redis", "usage: must be redis://"),
        ("usage: redis", "usage: must be redis://"),
        ("usage: 'redis://'", "usage: must be redis://"),
        ("usage: redis://:s3cret@redis/kitchen", "usage: must be redis://"),
        ("usage: redis://:s3cret@redis?db=2", "usage: must be redis://"),
        ("usage: redis://:s3cret@redis:99999", "usage: must be redis://"),
        ("usage: 'unix://'", "usage: must be redis://"),
        ("usage: redis://:s3cret@redis.example.com", "got redis.example.com; use rediss://"),
        ("usage: 5", "usage: must be text"),
        ("usage: ''", "usage: must not be empty"),
        ("usage_env: NONE", "usage_env: the environment variable NONE is not set"),
        ("usage_file: none", "usage_file: "),
        ("usage: redis://s3cret\nusage_env: E", "only one of these keys is allowed"),
    ],
)
def test_an_invalid_address_is_refused_without_its_password(
    text: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert problem in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_there_is_a_warning_if_every_user_can_read_the_file_with_the_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    without, with_password = tmp_path / "without", tmp_path / "with"
    for folder in (without, with_password):
        folder.mkdir()
    load(without, "usage: redis://redis.lan")
    assert caplog.text == ""
    load(with_password, "usage: redis://:s3cret@redis.lan")

    assert "every user of this machine can read" in caplog.text
