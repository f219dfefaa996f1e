"""Files with tokens: how they are read, and the warning about files that every user can read."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.tokens import access_token, read_token_file
from wyoming_bridge.errors import ConfigError

TOKEN = "s3cret-of-the-tests-0123456789"


def written(path: Path, text: str, *, mode: int) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def of_client(folder: Path, mode: int) -> Path:
    path = written(folder / "token", TOKEN, mode=mode)
    access_token(path, environment={})
    return path


def of_bridge(folder: Path, mode: int) -> Path:
    path = written(folder / "token", TOKEN, mode=mode)
    load_config(written(folder / "bridge.yaml", "access_token_file: token", mode=0o644))
    return path


def of_profiles(folder: Path, mode: int) -> Path:
    path = written(folder / "token", TOKEN, mode=mode)
    profile = "{provider: reson8, token_file: token}"
    text = f"profiles:\n  kitchen: {profile}\n  hall: {profile}\n"
    load_config(written(folder / "bridge.yaml", text, mode=0o644))
    return path


def of_local_server(folder: Path, mode: int) -> Path:
    path = written(folder / "token", f"{TOKEN}\n", mode=mode)
    read_token_file(path, key="--token-file")
    return path


def with_access_token_in_it(folder: Path, mode: int) -> Path:
    path = written(folder / "bridge.yaml", f"access_token: {TOKEN}", mode=mode)
    load_config(path)
    return path


def with_profiles_token_in_it(folder: Path, mode: int) -> Path:
    text = f"profiles: {{kitchen: {{provider: reson8, token: {TOKEN}}}}}"
    path = written(folder / "bridge.yaml", text, mode=mode)
    load_config(path)
    return path


Read = Callable[[Path, int], Path]

ALL = [
    of_client,
    of_bridge,
    of_profiles,
    of_local_server,
    with_access_token_in_it,
    with_profiles_token_in_it,
]


@pytest.mark.parametrize("read", ALL)
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
def test_a_file_that_every_user_can_read_causes_one_warning_with_the_right_mode(
    mode: int, read: Read, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = read(tmp_path, mode)

    (line,) = caplog.messages
    assert line == (
        f"every user of this machine can read {path}, which has a token in it: its mode is "
        f"{mode:o} and should be 600 (chmod 600)"
    )
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("read", ALL)
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_file_that_only_its_owner_or_group_can_read_causes_no_warning(
    mode: int, read: Read, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read(tmp_path, mode)

    assert not caplog.messages


def test_a_file_that_becomes_readable_between_two_reloads_causes_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for mode in (0o600, 0o644, 0o644, 0o600, 0o644):
        of_bridge(tmp_path, mode)

    assert len(caplog.messages) == 2


def test_a_configuration_that_only_names_the_source_of_its_token_may_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path / "bridge.yaml", "access_token_env: BRIDGE", mode=0o644)

    load_config(path, environment={"BRIDGE": TOKEN})

    assert not caplog.messages


def test_a_byte_order_mark_is_not_part_of_a_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"\xef\xbb\xbf" + TOKEN.encode() + b"\r\n")
    path.chmod(0o600)

    assert access_token(path, environment={}) == TOKEN
    assert read_token_file(path, key="--token-file").split() == [TOKEN]


def test_a_file_that_cannot_be_read_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--token-file: .*none cannot be read"):
        read_token_file(tmp_path / "none", key="--token-file")


def test_a_short_access_token_causes_a_warning_that_does_not_quote_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load_config(written(tmp_path / "short.yaml", "access_token: let-me-in", mode=0o600))
    load_config(written(tmp_path / "long.yaml", f"access_token: {TOKEN}", mode=0o600))

    (line,) = caplog.messages
    assert line.startswith("access_token has only 9 characters")
    assert "openssl rand -hex 32" in line
    assert "let-me-in" not in line
