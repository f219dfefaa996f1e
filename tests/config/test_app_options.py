"""The options of the Home Assistant app, from its form and its file, as a configuration."""

import json
import logging
from pathlib import Path

import pytest

from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.config.app_options import APP_PAGE, AppOptions, load_options
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.home import SupervisorApi
from wyoming_bridge.page.settings import PageSettings
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.recorder import RecorderSettings

EVERYWHERE = Address(host="*", port=10300)


def load(folder: Path, *, supervisor_token: str = "", **options: object) -> Config:
    path = folder / "options.json"
    path.write_text(json.dumps(options))
    return load_options(path, folder=folder, environment={"SUPERVISOR_TOKEN": supervisor_token})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"provider": "local"},
        {"provider": "local", "token": None, "language": " ", "access_token": ""},
        {"provider": "local", "language": "en-GB"},
    ],
)
def test_the_form_of_a_new_app_is_the_offline_profile(
    options: dict[str, object], tmp_path: Path
) -> None:
    assert load(tmp_path, **options) == Config(
        listen=EVERYWHERE,
        profiles=(Profile(name="local", backend=LocalBackend()),),
        page=APP_PAGE,
    )


def test_the_form_has_one_profile_of_a_service(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        provider="elevenlabs",
        token=" acc0unt-t0k3n\n",
        language="nl",
        access_token="acc3ss-t0k3n-0123",
        log_level="debug",
    )

    assert config == Config(
        listen=EVERYWHERE,
        profiles=(
            Profile(
                name="elevenlabs", backend=ElevenLabsSettings(token="acc0unt-t0k3n", language="nl")
            ),
        ),
        access=Access(token="acc3ss-t0k3n-0123"),
        log="debug",
        page=APP_PAGE,
    )
    assert "t0k3n" not in repr(config)


def test_the_supervisor_is_recognised_by_its_token(tmp_path: Path) -> None:
    assert load(tmp_path, supervisor_token="s3cr3t").supervisor == SupervisorApi(token="s3cr3t")
    assert load(tmp_path).supervisor is None


def test_the_token_stays_in_the_form_while_the_offline_engine_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = load(tmp_path, provider="local", token="acc0unt-t0k3n")

    assert [profile.name for profile in config.profiles] == ["local"]
    assert caplog.record_tuples[0][1:] == (
        logging.WARNING,
        "the token is not used, because the provider is local",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"provider": "whisper"},
            "provider: must be local or elevenlabs or openai or reson8 or ",
        ),
        ({"provider": 5}, "provider: must be text"),
        ({"provider": "reson8"}, "token: must not be empty, because reson8 needs a token"),
        ({"provider": "reson8", "token": "  "}, "token: must not be empty"),
        ({"provider": "reson8", "token": "two words"}, "token: must be printable ASCII"),
        ({"provider": "reson8", "token": "t", "language": "Dutch!"}, "language: must be"),
        ({"language": "nl"}, "language: local knows only en, got 'nl'"),
        ({"log_level": "loud"}, "log_level: must be debug or info or warning or error"),
        ({"access_token": "two words"}, "access_token: must be printable ASCII"),
        ({"model": "x"}, "model: unknown key; available: provider, token, language"),
        ({"config_file": "missing.yaml"}, "missing.yaml: No such file or directory"),
    ],
)
def test_an_invalid_option_is_named(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, **options)

    assert message in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "[" * 100_000, "\ufeff5"])
def test_a_file_without_options_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "options.json"
    path.write_text(content)

    with pytest.raises(ConfigError, match=r"options.json: is not|must be a mapping"):
        load_options(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"options.json: No such file"):
        load_options(tmp_path / "options.json")


FILE = """
log: warning
access_token: acc3ss-t0k3n-0123
default: offline
profiles:
  kitchen: {provider: reson8, token_file: reson8.token, fallback: [offline]}
  offline: {provider: local}
"""


def test_a_file_in_the_folder_of_the_app_takes_the_place_of_the_form(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text(FILE)
    (tmp_path / "reson8.token").write_text("acc0unt-t0k3n")

    config = load(tmp_path, config_file="bridge.yaml", provider="local", supervisor_token="s3cr3t")

    assert [profile.name for profile in config.profiles] == ["offline", "kitchen"]
    assert (config.listen, config.log) == (EVERYWHERE, "warning")
    assert config.access == Access(token="acc3ss-t0k3n-0123")
    assert config.supervisor == SupervisorApi(token="s3cr3t")


def test_the_level_of_the_form_comes_before_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("log: error")

    assert load(tmp_path, config_file="bridge.yaml", log_level="debug").log == "debug"


@pytest.mark.parametrize("host", ["0.0.0.0", "172.30.33.5", "[::]"])
def test_an_address_that_the_network_reaches_is_kept(host: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text(f"listen: tcp://{host}:10300")

    assert load(tmp_path, config_file="bridge.yaml").listen.uri == f"tcp://{host}:10300"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token": "t"}, "token: must be empty, because config_file is set"),
        ({"language": "nl"}, "language: must be empty, because config_file is set"),
        ({"access_token": "t"}, "access_token: must be empty, because config_file is set"),
        ({"provider": "scriptix"}, "provider: must be local or empty, because config_file is set"),
    ],
)
def test_settings_that_belong_in_the_file_are_refused_in_the_form(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    (tmp_path / "bridge.yaml").write_text("")

    with pytest.raises(ConfigError, match=message):
        load(tmp_path, config_file="bridge.yaml", **options)


def test_a_port_other_than_that_of_the_app_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("listen: tcp://0.0.0.0:10400")

    with pytest.raises(ConfigError, match="listen: must have the port 10300 in the app, got 10400"):
        load(tmp_path, config_file="bridge.yaml")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("state", "state: state"),
        ("state", "state: ../app/state"),
        ("recorder.folder", "recorder: {folder: recordings}"),
    ],
)
def test_what_the_app_writes_must_not_be_in_the_folder_that_it_only_reads(
    setting: str, line: str, tmp_path: Path
) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "bridge.yaml").write_text(f"{line}\nprofiles: {{offline: {{provider: local}}}}")

    with pytest.raises(ConfigError, match=rf"^{setting}: must not be in .*/app, which the app"):
        load(folder, config_file="bridge.yaml")


def test_what_the_app_writes_may_be_in_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "bridge.yaml").write_text(
        "state: ../data\nprofiles: {offline: {provider: local}}\nrecorder: {}"
    )

    config = load(folder, config_file="bridge.yaml")

    assert config.state == folder / "../data"


@pytest.mark.parametrize("options", [{}, {"config_file": "bridge.yaml"}])
def test_home_assistant_shows_the_page_and_nothing_else_reaches_it(
    options: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "bridge.yaml").write_text("")

    page = load(tmp_path, **options).page

    assert page == APP_PAGE
    assert page.ingress
    assert page.is_in_network


def test_a_page_in_the_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("page: {address: '*:8080', hosts: [voice.example]}")

    assert load(tmp_path, config_file="bridge.yaml").page == PageSettings(
        address="*:8080", hosts=("voice.example",)
    )


@pytest.mark.parametrize(
    ("content", "record", "recorder"),
    [
        ("", False, None),
        ("", True, RecorderSettings()),
        ("recorder: {keep: 5}", False, RecorderSettings(keep=5)),
        ("recorder: {keep: 5}", True, RecorderSettings(keep=5)),
    ],
)
def test_utterances_are_recorded_if_the_form_or_the_file_says_so(
    content: str, recorder: RecorderSettings | None, tmp_path: Path, *, record: bool
) -> None:
    (tmp_path / "bridge.yaml").write_text(content)

    assert load(tmp_path, config_file="bridge.yaml", record=record).recorder == recorder
    if not content:
        assert load(tmp_path, record=record).recorder == recorder


def test_whether_to_record_is_a_switch(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="record: must be true or false"):
        load(tmp_path, record="yes")


def test_no_secret_is_shown() -> None:
    options = AppOptions(token="acc0unt-t0k3n", access_token="acc3ss-t0k3n")

    assert "t0k3n" not in repr(options)
