"""A bridge that records what a Wyoming client says."""

from collections.abc import AsyncIterator
from pathlib import Path

from houses import house_in
from wyoming_bridge.access import Access
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.app.recordings import new_store, secrets_of
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.client import transcribe
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.config.usage import UsageServer
from wyoming_bridge.home.api import SupervisorApi
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.recorder import EventKind, RecorderSettings
from wyoming_bridge.transcriber import RequestOptions, Result

SPEECH = bytes([9, 3]) * 16_000


def test_an_export_has_none_of_the_secrets() -> None:
    config = Config(
        listen=Address(host="127.0.0.1", port=0),
        profiles=(Profile(name="kitchen", backend=LocalBackend(engine="scripted")),),
        access=Access(token="acce55-t0k3n"),
        usage=UsageServer(url="redis://me:s3cr%2Ft@127.0.0.1/0"),
        supervisor=SupervisorApi(token="superv1sor"),
    )

    assert set(secrets_of(config)) >= {"acce55-t0k3n", "s3cr/t", "superv1sor"}


def recording_in(folder: Path) -> Config:
    """Return the configuration of a bridge that records in a folder."""
    return Config(
        listen=Address(host="127.0.0.1", port=0),
        profiles=(Profile(name="kitchen", backend=LocalBackend(engine="scripted")),),
        state=folder,
        recorder=RecorderSettings(),
    )


async def test_an_utterance_of_a_client_is_recorded(tmp_path: Path, speak) -> None:
    config = recording_in(tmp_path)
    app = BridgeApp(config)
    ((uri, _),) = await app.start()
    address = Address.parse(uri, key="uri")
    reply = await speak((address.host, address.port), SPEECH)
    await app.stop()  # waits until the recording is written

    (kept,) = new_store(config).kept()
    recording = kept.read()
    details = reply.answer.data["context"]["wyoming_bridge"]
    assert recording.text == reply.answer.data["text"] == " ".join(scripted_words(SPEECH))
    assert (recording.id, recording.client) == (details["utterance_id"], "127.0.0.1")
    assert recording.profile == "kitchen"
    assert recording.house is None
    assert len(recording.frames) == 100
    assert EventKind.MESSAGE in {event.kind for event in recording.events}


async def test_the_house_that_our_client_sends_is_recorded(tmp_path: Path) -> None:
    config = recording_in(tmp_path)
    app = BridgeApp(config)
    ((uri, _),) = await app.start()
    address = Address.parse(uri, key="uri")
    said = transcribe(
        one_chunk(SPEECH),
        source=PCM_16K_MONO,
        host=address.host,
        port=address.port,
        options=RequestOptions(house=house_in("en")),
    )
    results = [each async for each in said]
    await app.stop()

    (kept,) = new_store(config).kept()
    assert isinstance(results[-1], Result)
    assert kept.read().house == house_in("en")


async def one_chunk(audio: bytes) -> AsyncIterator[bytes]:
    yield audio
