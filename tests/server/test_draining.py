"""A bridge that drains accepts no more clients, and lets utterances finish."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from patience import PATIENCE_S
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
TWICE = " ".join(scripted_words(SPEECH * 2))


class Draining:
    """A bridge whose clients end their utterances themselves."""

    def __init__(self, service: LocalServer) -> None:
        self._url = f"{service.url}/reson8"
        self._app: BridgeApp | None = None
        self._drain: asyncio.Task[None] | None = None
        self.address = ("", 0)

    async def start(self, *, drain_timeout_s: float = PATIENCE_S) -> None:
        backend = PROVIDERS[ProviderName.RESON8].settings(url=self._url)
        profile = Profile(name="p", backend=backend, endpointing=RECORDING)
        listen = Address(host="127.0.0.1", port=0)
        self._app = BridgeApp(
            Config(listen=listen, profiles=(profile,), drain_timeout_s=drain_timeout_s)
        )
        (uri, _), *_ = await self._app.start()
        self.address = ("127.0.0.1", Address.parse(uri, key="uri").port)

    async def begin(self) -> None:
        """Begin to drain, and wait until no more clients are accepted."""
        assert self._app is not None
        self._drain = asyncio.create_task(self._app.drain())
        while True:
            try:
                _, writer = await asyncio.open_connection(*self.address)
            except OSError:
                return
            writer.close()

    async def end(self) -> None:
        """Wait until the drain is over."""
        assert self._drain is not None
        await asyncio.wait_for(self._drain, PATIENCE_S)

    async def stop(self) -> None:
        assert self._app is not None
        await self._app.stop()


@pytest.fixture
async def bridge(service: LocalServer) -> AsyncIterator[Draining]:
    bridge = Draining(service)
    yield bridge
    await bridge.stop()


async def begin_utterance(client) -> None:
    await client.say(SPEECH, stop=False)
    await client.write("ping")
    await client.read("pong")  # the bridge has read all the speech


async def test_an_utterance_goes_on_and_its_client_is_disconnected_after_the_answer(
    bridge, wyoming_client
) -> None:
    await bridge.start()
    async with wyoming_client(*bridge.address) as client:
        await begin_utterance(client)
        await bridge.begin()
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()
        after = await client.raw.read_event()
        await bridge.end()

    assert answer.data["text"] == TWICE
    assert after is None


async def test_an_idle_client_is_disconnected_although_others_still_speak(
    bridge, wyoming_client
) -> None:
    await bridge.start()
    async with (
        wyoming_client(*bridge.address) as speaking,
        wyoming_client(*bridge.address) as idle,
    ):
        await begin_utterance(speaking)
        await idle.write("ping")
        await idle.read("pong")
        await bridge.begin()
        after = await asyncio.wait_for(idle.raw.read_event(), PATIENCE_S)
        await speaking.write("audio-stop")
        answer = await speaking.answer()
        await bridge.end()

    assert after is None
    assert answer.data["text"] == WORDS


async def test_a_client_whose_answer_was_sent_is_not_waited_for(bridge, wyoming_client) -> None:
    await bridge.start()
    async with wyoming_client(*bridge.address) as client:
        await client.write("transcribe", name="unknown")  # refused before its audio
        await client.answer()
        await bridge.begin()
        after = await client.raw.read_event()
        await bridge.end()

    assert after is None


async def test_a_client_that_has_only_sent_its_request_can_still_speak(
    bridge, wyoming_client
) -> None:
    await bridge.start()
    async with wyoming_client(*bridge.address) as client:
        await client.write("transcribe")
        await client.write("ping")
        await client.read("pong")
        await bridge.begin()
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()
        await bridge.end()

    assert answer.data["text"] == WORDS


async def test_a_client_that_connected_just_before_can_still_speak(bridge, wyoming_client) -> None:
    await bridge.start()
    async with wyoming_client(*bridge.address) as client:
        # The bridge accepts clients while this task waits, so this client is still in the queue.
        client.write_bytes(b'{"type": "transcribe"}\n')
        await bridge.begin()
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()
        await bridge.end()

    assert answer.data["text"] == WORDS


async def test_an_utterance_that_was_sent_ahead_is_answered_too(bridge, wyoming_client) -> None:
    await bridge.start()
    async with wyoming_client(*bridge.address) as client:
        await begin_utterance(client)
        await client.write("audio-stop")
        await client.say(SPEECH * 2)  # waits until the first one is answered
        await bridge.begin()
        answers = [await client.answer(), await client.answer()]
        await bridge.end()

    assert [each.data["text"] for each in answers] == [WORDS, TWICE]


async def test_a_client_that_says_nothing_does_not_delay_the_stop(bridge, wyoming_client) -> None:
    await bridge.start()
    async with (
        wyoming_client(*bridge.address) as silent,
        wyoming_client(*bridge.address) as halfway,
    ):
        halfway.write_bytes(b'{"type": ')
        await bridge.begin()
        after = [await silent.raw.read_event(), await halfway.raw.read_event()]
        await bridge.end()

    assert after == [None, None]


async def test_after_the_time_an_unfinished_utterance_gets_an_error(bridge, wyoming_client) -> None:
    await bridge.start(drain_timeout_s=0)
    async with wyoming_client(*bridge.address) as client:
        await begin_utterance(client)
        await bridge.begin()
        await bridge.end()
        await bridge.stop()
        answer = await client.answer()
        after = await client.raw.read_event()

    assert answer.data["code"] == "bridge_stopping"
    assert after is None
