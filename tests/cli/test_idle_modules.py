"""The modules that an idle bridge has loaded after its start and after warming up."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

import pytest

from patience import PATIENCE_S

_PROGRAM = """\
import asyncio, sys
from wyoming_bridge.cli.main import _config_and_log
from wyoming_bridge.cli.parser import new_parser
from wyoming_bridge.app.bridge import BridgeApp

async def main(arguments):
    app = BridgeApp(_config_and_log(new_parser().parse_args(arguments)))
    await app.start()
    await asyncio.sleep(0)  # the bridge warms up after its start
    print(*sys.modules)
    await app.stop()

asyncio.run(main(sys.argv[1:]))
"""

REMOTE = (
    "--provider",
    "reson8",
    "--url",
    "ws://127.0.0.1:9",
    "--uri",
    "tcp://127.0.0.1:0",
    "--language",
    "en",
)
"""With a language, because the server of a profile without one is asked for its languages."""

LIBRARIES = {
    "aiohttp",
    "av",
    "hassil",
    "numpy",
    "onnxruntime",
    "pocketsphinx",
    "prometheus_client",
    "redis",
    "rich",
    "soxr",
    "yaml",
    "zeroconf",
}

FEATURES = (
    "app.announcements",
    "app.house_interpreter",
    "app.house_languages",
    "app.local_server",
    "app.page",
    "app.statistics",
    "app.usage_file",
    "audio.wav",
    "client",
    "diagnosis",
    "home.api",
    "house.house",
    "local.models",
    "media.container",
    "page.settings",
    "providers.elevenlabs.behaviour",
    "providers.elevenlabs.client",
    "providers.emulator",
    "providers.openai.behaviour",
    "providers.openai.client",
    "providers.reson8.server",
    "providers.scriptix.client",
    "providers.server_base",
    "providers.server_request",
    "providers.serving",
    "recorder.recorder",
    "recorder.store",
    "server.announce",
    "server.certificate",
    "status",
    "web",
)


def loaded(*arguments: str) -> set[str]:
    """Return the modules that a bridge with these arguments has loaded."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _PROGRAM, "run", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    modules = set(done.stdout.split())
    # These two show that the bridge has started and warmed up.
    assert {"wyoming_bridge.app.bridge", "pymicro_vad"} <= modules
    return modules


def ours(modules: set[str], names: Sequence[str]) -> list[str]:
    return [name for name in names if f"wyoming_bridge.{name}" in modules]


def test_an_idle_bridge_has_loaded_no_library_and_no_feature_that_it_does_not_use() -> None:
    modules = loaded(*REMOTE)

    # The modules exist, so a module is not missing below only because it was renamed.
    assert all(find_spec(f"wyoming_bridge.{name}") for name in FEATURES)
    assert modules & LIBRARIES == set()
    assert ours(modules, FEATURES) == []


def test_a_configuration_file_loads_no_feature_whose_key_is_not_set(tmp_path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(
        f"listen: tcp://127.0.0.1:0\nstate: {tmp_path}\n"
        "profiles: {remote: {provider: reson8, url: 'ws://127.0.0.1:9'}}\n"
    )

    assert ours(loaded("--config", str(config)), FEATURES) == []


def test_a_numeric_address_to_listen_at_needs_no_thread_and_no_tables_for_domain_names() -> None:
    assert {"encodings.idna", "concurrent.futures.thread"} & loaded(*REMOTE) == set()


@pytest.mark.parametrize(
    ("line", "feature"),
    [
        ("status: 127.0.0.1:0", "status.server"),
        ("page: {address: '127.0.0.1:0'}", "page.server"),
        ("recorder: {}", "recorder.recorder"),
        ("house: {areas: [{name: Kitchen}]}", "house.house"),
    ],
)
def test_a_feature_is_loaded_when_it_is_configured(tmp_path, line: str, feature: str) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(
        f"{line}\nlisten: tcp://127.0.0.1:0\nstate: {tmp_path}\n"
        "profiles: {remote: {provider: reson8, url: 'ws://127.0.0.1:9'}}\n"
    )

    assert ours(loaded("--config", str(config)), [feature]) == [feature]
