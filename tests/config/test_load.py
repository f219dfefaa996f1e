"""The configuration file: its keys, and a one-line error for each mistake."""

from dataclasses import replace
from pathlib import Path

import pytest

from wyoming_bridge.config import Address, LocalBackend, Profile, SendsChunks
from wyoming_bridge.config.file import load_config
from wyoming_bridge.config.profile import single_profile
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.transcriber import Limits, TextStyle

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


def test_the_settings_of_an_utterance_are_read(tmp_path: Path) -> None:
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


def test_a_recording_waits_longer_for_the_repair_of_its_text() -> None:
    profile = Profile(name="a", backend=LocalBackend(), limits=Limits(final_s=3))

    patient = profile.for_recordings()

    assert patient.limits.interpret_s > 10 * profile.limits.interpret_s
    assert replace(patient, limits=profile.limits) == profile
    assert replace(patient.limits, interpret_s=profile.limits.interpret_s) == profile.limits


def test_an_empty_file_gives_one_profile_for_the_local_server(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))

    assert [(p.name, p.backend) for p in config.profiles] == [("local", LocalBackend())]


ALL_PROVIDERS = " or ".join(("local", *ProviderName))
KITCHEN = "profiles: {kitchen: {provider: elevenlabs, token: t, "

WRONG = {
    "a mapping": ("- a\n- b", "the file must be a mapping of keys"),
    "yaml": ("listen: [", "line"),
    "twice": ("log: info\nlog: debug", "line 2: duplicate key log"),
    "unknown key": (
        "lisen: x",
        "lisen: unknown key (did you mean listen?); available: listen, default, log",
    ),
    "similar key": (
        KITCHEN + "keyterm: [a]}}",
        "profiles.kitchen.keyterm: unknown key (did you mean keyterms?); available: provider, ",
    ),
    "long list of keys": (KITCHEN + "x: y}}", " more (docs/configuration.md)"),
    "similar choice": ("log: inf", "debug or info or warning or error, got 'inf' (did you mean in"),
    "similar provider": (
        "profiles: {k: {provider: elevenlab}}",
        f"k.provider: must be {ALL_PROVIDERS}, got 'elevenlab' (did you mean elevenlabs?)",
    ),
    "similar engine": (
        "profiles: {k: {provider: local, engine: moonshin}}",
        "got 'moonshin' (did you mean moonshine?)",
    ),
    "similar default": (
        "default: kichen\n" + KITCHEN + "}}",
        "default: no profile named 'kichen' (did you mean kitchen?); available: kitchen",
    ),
    "similar fallback": (
        KITCHEN + "fallback: [hal]}, hall: {provider: local}}",
        "kitchen.fallback: no profile named 'hal' (did you mean hall?); available: kitchen, hall",
    ),
    "wrong type": ("listen: 10300", "listen: must be text"),
    "address": (
        "listen: 10.0.0.1:10300",
        "listen: must be tcp://host:port, got '10.0.0.1:10300'",
    ),
    "password": (
        "listen: tcp://u:secret@10.0.0.1:10300",
        "listen: must be tcp://host:port, without a user or a password",
    ),
    "query": (
        "listen: 'tcp://10.0.0.1:10300?ipv6=no'",
        "got 'tcp://10.0.0.1:10300?ipv6=no'; a query or a fragment has no meaning here",
    ),
    "fragment": ("listen: 'tcp://10.0.0.1:10300#x'", "a query or a fragment has no meaning"),
    "wait": ("listen_timeout_s: 601", "listen_timeout_s: must be 0 to 600 s, got 601.0"),
    "chunks": (
        "transcript_chunks: yes please",
        "must be on_request or always, got 'yes please'",
    ),
    "choice": ("log: loud", "log: must be debug or info or warning or error, got 'loud'"),
    "home": (
        "profiles: {a: {provider: local, engine: sherpa, model: ~no-such-user/model}}",
        "model: the home directory in '~no-such-user/model' is not known; give the whole path",
    ),
    "no profile": ("profiles: {}", "profiles: at least one profile is required"),
    "not a profile": ("profiles: {kitchen: yes}", "profiles.kitchen: must be a mapping"),
    "no provider": (
        "profiles: {kitchen: {token: t}}",
        f"kitchen.provider: must be {ALL_PROVIDERS}, but it is missing",
    ),
    "provider": (
        "profiles: {k: {provider: x}}",
        f"k.provider: must be {ALL_PROVIDERS}, got 'x'",
    ),
    "no token": (
        "profiles: {k: {provider: reson8}}",
        "profiles.k.token: one of token, token_file and token_env is required",
    ),
    "two tokens": (KITCHEN + "token_env: E}}", "token and token_env: only one of these keys"),
    "no such file": (
        "profiles: {k: {provider: reson8, token_file: no.token}}",
        "no.token cannot be read",
    ),
    "no variable": (
        "profiles: {k: {provider: reson8, token_env: NO_SUCH}}",
        "the environment variable NO_SUCH is not set",
    ),
    "token with space": (
        "profiles: {k: {provider: reson8, token: a b}}",
        "k.token: must be printable ASCII",
    ),
    "other provider's key": (
        KITCHEN + "type: fast}}",
        "kitchen.type: unknown key with the provider elevenlabs; it is a key of scriptix",
    ),
    "language of local": (
        "profiles: {k: {provider: local, language: nl}}",
        "k.language: unknown key with the provider local; it is a key of elevenlabs, openai",
    ),
    "number as a name": (
        "profiles: {1: {provider: local}}",
        "profiles.1: the name must be text; write it in quotes",
    ),
    "number": (KITCHEN + "final_timeout_s: soon}}", "final_timeout_s: must be a number; allowed"),
    "range": (KITCHEN + "final_timeout_s: 99}}", "must be 0.5 to 60 s, got 99.0"),
    "flag": (KITCHEN + "no_verbatim: 1}}", "no_verbatim: must be true or false"),
    "list": (KITCHEN + "keyterms: lamp}}", "keyterms: must be a list of texts"),
    "long entry": (KITCHEN + f"keyterms: [{'x' * 21}]}}}}", "must be 1 to 20 characters, got 'xxx"),
    "blank entry": (
        KITCHEN + "keyterms: [lamp, ' ']}}",
        "must not consist of spaces only, got ' '",
    ),
    "plain": (KITCHEN + "url: ws://example.org}}", "plain_ws_hosts, got example.org"),
    "url": (KITCHEN + "url: https://example.org}}", "kitchen.url: must be wss://"),
    "default": ("default: x\n" + KITCHEN + "}}", "default: no profile named 'x'; available: kit"),
    "fallback": (
        KITCHEN + "fallback: [attic]}}",
        "profiles.kitchen.fallback: no profile named 'attic'; available: kitchen",
    ),
    "itself": (
        KITCHEN + "fallback: [kitchen]}}",
        "a profile cannot be its own fallback, got 'kitchen'",
    ),
    "silence": (KITCHEN + "silence_ms: 50}}", "silence_ms: must be 100 to 5000 ms, got 50"),
    "source": (KITCHEN + "source: me}}", "must be race or provider or client, got 'me'"),
    "endpointing": (KITCHEN + "endpointing: race}}", "kitchen.endpointing is now called source"),
    "open": (KITCHEN + "open: on_speech}}", "profiles.kitchen.open is now called connect"),
    "service's end": (
        "profiles: {k: {provider: scriptix, token: t, source: provider}}",
        "profiles.k.source: must be race or client, got 'provider': this service does not detect",
    ),
    "local server's end": (
        "profiles: {k: {provider: local, source: provider}}",
        "profiles.k.source: must be race or client, got 'provider': this service does not detect",
    ),
    "text": (KITCHEN + "text: nice}}", "text: must be as_is or commands, got 'nice'"),
    "local token": ("profiles: {k: {provider: local, token: t}}", "k.token: unknown key"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_error_is_one_line_with_the_file_the_key_and_the_allowed_values(
    case: str, tmp_path: Path
) -> None:
    text, message = WRONG[case]
    path = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load_config(path, environment={})

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_never_quotes_a_token(tmp_path: Path) -> None:
    path = write(tmp_path, "profiles: {k: {provider: reson8, token: 'secret', url: 5}}")

    with pytest.raises(ConfigError) as caught:
        load_config(path)

    assert "secret" not in str(caught.value)


def test_the_error_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("tcp://*:10300", "*"),
        ("tcp://[::]:10300", "::"),
        ("tcp://0.0.0.0:10300", "0.0.0.0"),
        ("tcp://[fe80::1%eth0]:10300", "fe80::1%eth0"),
    ],
)
def test_an_address_stays_as_it_was_written(uri: str, host: str) -> None:
    address = Address.parse(uri, key="listen")

    assert (address.host, address.port, address.uri) == (host, 10300, uri)


@pytest.mark.parametrize("uri", ["tcp://u:secret@x", "tcp://secret@x:y", "u:secret@x:1", "@:1"])
def test_the_error_of_an_address_never_shows_what_may_be_a_password(uri: str) -> None:
    with pytest.raises(ConfigError, match="without a user or a password") as caught:
        Address.parse(uri, key="listen")

    assert "secret" not in str(caught.value)


def test_the_settings_of_the_server_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "listen_timeout_s: 5\ntranscript_chunks: always\n")

    config = load_config(path)

    assert (config.listen_timeout_s, config.sends_chunks) == (5, SendsChunks.ALWAYS)


def test_a_profile_from_the_command_line_has_its_providers_name() -> None:
    profile = single_profile(
        "scriptix",
        language="nl",
        environment={"WYOMING_BRIDGE_TOKEN": "from-env"},
    )

    assert profile.name == "scriptix"
    assert profile.backend == ScriptixSettings(token="from-env", language="nl")
