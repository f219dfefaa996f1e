"""The configuration file: what it can say, and one clear line for what it cannot."""

from pathlib import Path

import pytest

from wyoming_bridge.config import Address, LocalBackend
from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.profile import single_profile
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.transcriber import TextStyle

WHOLE = """
listen: tcp://0.0.0.0:10300
default: hallway
log: debug
profiles:
  kitchen:
    provider: elevenlabs
    token: secret-in-file
    language: nl-NL
    model: scribe_v2_realtime
    keyterms: [Woonkamer, Zolder]
    no_verbatim: true
    listen: tcp://0.0.0.0:10301
    connect_timeout_s: 4
    final_timeout_s: 2.5
  hallway:
    provider: scriptix
    token_env: HALLWAY_TOKEN
    type: quality
  attic:
    provider: reson8
    token_file: attic.token
    url: ws://attic.lan:8765/reson8
    plain_ws_hosts: [attic.lan]
    auth: access_token
  offline:
    provider: local
    engine: scripted
    protocol: scriptix
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bridge.yaml"
    path.write_text(text)
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "attic.token").write_text("secret-of-attic\n")

    config = load_config(write(tmp_path, WHOLE), environment={"HALLWAY_TOKEN": "secret-of-hall"})

    assert config.listen == Address(host="0.0.0.0", port=10300)
    assert config.log == "debug"
    hallway, kitchen, attic, offline = config.profiles
    assert kitchen.backend == ElevenLabsSettings(
        token="secret-in-file",
        language="nl-NL",
        model="scribe_v2_realtime",
        keyterms=("Woonkamer", "Zolder"),
        no_verbatim=True,
    )
    assert kitchen.listen == Address(host="0.0.0.0", port=10301)
    assert (kitchen.limits.ready_s, kitchen.limits.final_s) == (4, 2.5)
    assert hallway.backend == ScriptixSettings(token="secret-of-hall", type="quality")
    assert attic.backend.token == "secret-of-attic"
    assert offline.backend == LocalBackend(engine="scripted", protocol="scriptix")
    assert "secret" not in repr(config)


def test_what_an_utterance_needs_is_read(tmp_path: Path) -> None:
    text = """
state: remembered
profiles:
  kitchen:
    provider: elevenlabs
    token: t
    source: provider
    silence_ms: 800
    connect: on_speech
    text: commands
    fallback: [offline]
    max_seconds_per_day: 600
    answer_timeout_s: 2
    total_timeout_s: 12
    audio_timeout_s: 5
  offline:
    provider: local
"""

    config = load_config(write(tmp_path, text))

    kitchen, offline = config.profiles
    assert kitchen.endpointing == Endpointing(
        source="provider", silence_ms=800, connect="on_speech"
    )
    assert (kitchen.text_style, kitchen.max_seconds_per_day) == (TextStyle.COMMANDS, 600)
    assert config.with_fallbacks(kitchen) == (kitchen, offline)
    limits = kitchen.limits
    assert (limits.answer_s, limits.total_s, limits.idle_s) == (2, 12, 5)
    assert config.state == tmp_path / "remembered"
    assert offline.endpointing == Endpointing()


def test_an_empty_file_is_the_local_server(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))

    assert [(p.name, p.backend) for p in config.profiles] == [("local", LocalBackend())]


KITCHEN = "profiles: {kitchen: {provider: elevenlabs, token: t, "

WRONG = {
    "a mapping": ("- a\n- b", "the file is not a mapping of keys"),
    "yaml": ("listen: [", "line"),
    "twice": ("log: info\nlog: debug", "line 2: the key log is there twice"),
    "unknown key": ("lisen: x", "lisen: there is no such key; the keys are listen, default, log"),
    "wrong type": ("listen: 10300", "listen: is not text"),
    "address": ("listen: 10.0.0.1:10300", "listen: '10.0.0.1:10300' is no address; allowed is tcp"),
    "choice": ("log: loud", "log: 'loud' is not possible; allowed: debug or info"),
    "no profile": ("profiles: {}", "profiles: at least one is needed"),
    "not a profile": ("profiles: {kitchen: yes}", "profiles.kitchen: is not a mapping"),
    "no provider": (
        "profiles: {kitchen: {token: t}}",
        "kitchen.provider: is missing; allowed: local or",
    ),
    "provider": ("profiles: {k: {provider: x}}", "allowed: local or elevenlabs or reson8 or"),
    "no token": (
        "profiles: {k: {provider: reson8}}",
        "profiles.k.token: one of token, token_file and token_env is needed",
    ),
    "two tokens": (KITCHEN + "token_env: E}}", "token and token_env: only one of them"),
    "no such file": (
        "profiles: {k: {provider: reson8, token_file: no.token}}",
        "no.token cannot be read",
    ),
    "no variable": (
        "profiles: {k: {provider: reson8, token_env: NO_SUCH}}",
        "the environment has no NO_SUCH",
    ),
    "token with space": (
        "profiles: {k: {provider: reson8, token: a b}}",
        "k.token: must be printable ASCII",
    ),
    "other provider's key": (KITCHEN + "type: fast}}", "kitchen.type: there is no such key"),
    "number": (KITCHEN + "final_timeout_s: soon}}", "final_timeout_s: is not a number; allowed"),
    "range": (KITCHEN + "final_timeout_s: 99}}", "99.0 is not possible; allowed: 0.5 to 60 s"),
    "flag": (KITCHEN + "no_verbatim: 1}}", "no_verbatim: is not true or false"),
    "list": (KITCHEN + "keyterms: lamp}}", "keyterms: is not a list of texts"),
    "long entry": (KITCHEN + f"keyterms: [{'x' * 21}]}}}}", "allowed: 1 to 20 characters"),
    "plain": (KITCHEN + "url: ws://example.org}}", "plain_ws_hosts; example.org is neither"),
    "url": (KITCHEN + "url: https://example.org}}", "kitchen.url: allowed is wss://"),
    "default": ("default: x\n" + KITCHEN + "}}", "default: there is no profile 'x'; there are kit"),
    "fallback": (
        KITCHEN + "fallback: [attic]}}",
        "profiles.kitchen.fallback: there is no profile 'attic'; there are kitchen",
    ),
    "itself": (KITCHEN + "fallback: [kitchen]}}", "kitchen cannot stand in for itself"),
    "silence": (KITCHEN + "silence_ms: 50}}", "silence_ms: 50 is not possible; allowed: 100 to 5"),
    "source": (KITCHEN + "source: me}}", "allowed: race or provider or client"),
    "endpointing": (KITCHEN + "endpointing: race}}", "kitchen.endpointing is now called source"),
    "open": (KITCHEN + "open: on_speech}}", "profiles.kitchen.open is now called connect"),
    "service's end": (
        "profiles: {k: {provider: scriptix, token: t, source: provider}}",
        "profiles.k.source: the service does not find the end of speech; allowed: race or",
    ),
    "local server's end": (
        "profiles: {k: {provider: local, source: provider}}",
        "profiles.k.source: the service does not find the end of speech",
    ),
    "text": (KITCHEN + "text: nice}}", "text: 'nice' is not possible; allowed: as_is or commands"),
    "local token": ("profiles: {k: {provider: local, token: t}}", "k.token: there is no such key"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line_that_names_the_file_the_key_and_what_is_allowed(
    case: str, tmp_path: Path
) -> None:
    text, said = WRONG[case]
    path = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load_config(path, environment={})

    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_token_is_quoted_by_no_complaint(tmp_path: Path) -> None:
    path = write(tmp_path, "profiles: {k: {provider: reson8, token: 'secret', url: 5}}")

    with pytest.raises(ConfigError) as caught:
        load_config(path)

    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml")


def test_the_command_line_makes_a_profile_named_as_its_provider() -> None:
    profile = single_profile(
        "scriptix",
        language="nl",
        environment={"WYOMING_BRIDGE_TOKEN": "from-env"},
    )

    assert profile.name == "scriptix"
    assert profile.backend == ScriptixSettings(token="from-env", language="nl")
