"""What clients get when the bridge stops."""

import asyncio

from patience import PATIENCE_S
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


async def test_a_bridge_stops_even_if_the_service_does_not_answer(service, wyoming_client) -> None:
    service.fault = Fault(kind=FaultKind.SILENT)
    settings = PROVIDERS[ProviderName.RESON8].settings(url=f"{service.url}/reson8")
    listen = Address(host="127.0.0.1", port=0)
    app = BridgeApp(Config(listen=listen, profiles=(Profile(name="p", backend=settings),)))
    before = asyncio.all_tasks()
    (uri, _), *_ = await app.start()

    async with wyoming_client("127.0.0.1", int(uri.rpartition(":")[2])) as client:
        await client.say(SPEECH, stop=False)
        await client.write("ping")
        await client.read("pong")
        await app.stop()
        stopping = await client.answer()
        left = [t.get_name() for t in asyncio.all_tasks() - before if _is_ours(t.get_name())]

    assert stopping.data["code"] == "bridge_stopping"
    assert left == []


def _is_ours(name: str) -> bool:
    return name.startswith(("wyoming", "utterance", "session", "send"))


async def test_a_stopping_bridge_sends_no_transcript_of_half_a_command(
    service, wyoming_client
) -> None:
    app, address = await started(service)

    async with wyoming_client(*address) as client:
        await client.say(SPEECH, stop=False)
        await client.write("ping")
        await client.read("pong")  # the bridge has read all audio so far
        await client.chunk(SPEECH)  # audio that the bridge has not read yet
        await app.stop()
        stopping = await client.answer()
        after = await client.raw.read_event()

    assert stopping.data["code"] == "bridge_stopping"
    assert after is None


async def test_a_stopping_bridge_still_answers_an_utterance_whose_audio_has_ended(
    service, wyoming_client, monkeypatch
) -> None:
    # A busy machine may need longer than 0.4 s for the answer.
    monkeypatch.setattr("wyoming_bridge.server.service._GRACE_S", PATIENCE_S)
    app, address = await started(service)

    async with wyoming_client(*address) as client:
        await client.say(SPEECH)
        await client.write("ping")
        await client.read("pong")  # the bridge has read the end too
        await app.stop()
        answer = await client.answer()
        after = await client.raw.read_event()

    assert answer.data["text"] == WORDS
    assert after is None


async def test_nothing_follows_an_answer_when_the_bridge_stops(service, wyoming_client) -> None:
    app, address = await started(service, limits=Limits(idle_s=1))

    async with wyoming_client(*address) as client:
        await client.say(bytes(len(SPEECH)), stop=False)
        answer = await client.answer()  # although the audio has not ended
        await app.stop()
        after = await client.raw.read_event()

    assert (answer.type, answer.data["text"]) == ("transcript", "")
    assert after is None


async def started(
    service: LocalServer, *, limits: Limits | None = None
) -> tuple[BridgeApp, tuple[str, int]]:
    """Start a bridge in which only clients end utterances. The test stops the bridge."""
    settings = PROVIDERS[ProviderName.RESON8].settings(url=f"{service.url}/reson8")
    listen = Address(host="127.0.0.1", port=0)
    profile = Profile(name="p", backend=settings, endpointing=RECORDING, limits=limits or Limits())
    app = BridgeApp(Config(listen=listen, profiles=(profile,)))
    (uri, _), *_ = await app.start()
    return app, ("127.0.0.1", int(uri.rpartition(":")[2]))
