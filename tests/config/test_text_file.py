"""Text files of users, with the byte order marks and line ends of different editors."""

import codecs
from pathlib import Path

import pytest

from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.text_file import read_text
from wyoming_bridge.config.tokens import access_token, read_tokens
from wyoming_bridge.errors import ConfigError

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
"""UTF-8, and the encodings that begin a file with a byte order mark, as editors on Windows do."""

MARKED = [
    codecs.BOM_UTF16_BE + "tök3n".encode("utf-16-be"),
    codecs.BOM_UTF32_BE + "tök3n".encode("utf-32-be"),
    codecs.BOM_UTF8 + "tök3n".encode(),
]


@pytest.mark.parametrize("content", MARKED, ids=["utf-16-be", "utf-32-be", "utf-8"])
def test_a_byte_order_mark_is_not_part_of_the_text(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    assert read_text(tmp_path / "file") == "tök3n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "text",
    ["t0k3n", "t0k3n\r\n", "  t0k3n \t\r\n\r\n", "t0k3n\u200b\n", "\ufefft0k3n\xa0", "t0k3n\n\x1a"],
    ids=["bare", "crlf", "spaces", "zero-width", "two-marks", "end-of-file"],
)
def test_a_token_file_is_read_whatever_the_editor_added(
    text: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(text.encode(encoding))

    assert access_token(tmp_path / "token", environment={}) == "t0k3n"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_local_servers_tokens_are_read_whatever_the_editor_added(
    encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_bytes("one\r\n\r\n two \r\n\ufeff".encode(encoding))

    assert read_tokens(tmp_path / "tokens", key="--token-file") == {"one", "two"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "it is not UTF-16-LE text"),
        (b"t0k\xe9n", "it is not UTF-8 text"),
        (b"first\nsecond", "must be printable ASCII without spaces"),
        ("t\u00f6ken".encode(), "must be printable ASCII without spaces"),
        ("\ufeff \u200b\r\n".encode(), "is empty"),
        (b"x" * (4 << 20) + b"x", "cannot be read: File too large"),
    ],
    ids=["half", "latin-1", "two", "umlaut", "invisible", "large"],
)
def test_the_error_says_what_is_wrong_with_a_token_file(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(ConfigError, match=f"^access_token_file: .*token.* {message}"):
        access_token(tmp_path / "token", environment={})


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe\x00", "is not UTF-16-LE text"), (b"log: \xe9", "is not UTF-8 text")],
)
def test_the_error_names_the_encoding_of_a_configuration_file(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "bridge.yaml").write_bytes(content)

    with pytest.raises(ConfigError, match=f"bridge.yaml: {message}"):
        load_config(tmp_path / "bridge.yaml", environment={})


def test_a_path_with_a_null_byte_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        read_text(Path("to\0ken"))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("token_file: bad", r"profiles\.a\.token_file: .*bad must be printable ASCII"),
        ("token_env: BAD", r"profiles\.a\.token_env: the environment variable BAD must be"),
        ("token: 'a b'", r"profiles\.a\.token: must be printable ASCII without spaces"),
    ],
)
def test_the_error_names_the_key_that_the_token_is_from(
    keys: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "bad").write_text("s3cret tökens")
    (tmp_path / "bridge.yaml").write_text(f"profiles: {{a: {{provider: reson8, {keys}}}}}\n")

    with pytest.raises(ConfigError, match=message) as caught:
        load_config(tmp_path / "bridge.yaml", environment={"BAD": "s3cret tökens"})
    assert "s3cret" not in str(caught.value)


def test_the_local_servers_tokens_must_fit_into_a_header(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("one\ntwö\n")

    with pytest.raises(ConfigError, match=r"--token-file: .*tokens of printable ASCII"):
        read_tokens(tmp_path / "tokens", key="--token-file")


def test_a_token_file_that_is_a_folder_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        access_token(tmp_path, environment={})


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_configuration_is_read_whatever_the_editor_added(encoding: str, tmp_path: Path) -> None:
    text = "log: debug\r\nprofiles:\r\n  Küche: {provider: local}\r\n"
    (tmp_path / "bridge.yaml").write_bytes(text.encode(encoding))

    config = load_config(tmp_path / "bridge.yaml", environment={})

    assert (config.log, [profile.name for profile in config.profiles]) == ("debug", ["Küche"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 3000, "is nested too deeply"),
        ("log: 2026-99-99", "is not valid YAML"),
        ("log: !!int secret", "is not valid YAML"),
        ("[a]: b", "is not valid YAML"),
    ],
)
def test_invalid_yaml_is_an_error_of_one_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text(text)

    with pytest.raises(ConfigError, match=f"bridge.yaml: {message}") as caught:
        load_config(tmp_path / "bridge.yaml", environment={})
    assert "secret" not in str(caught.value)
