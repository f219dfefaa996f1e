"""When utterances of Wyoming clients end, and what clients can set, on real sockets."""

import asyncio

import pytest
from wyoming.asr import Transcribe
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from recorded import SPOKEN_MS
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import Endpointing, EndpointSource
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.transcriber import TextStyle

PARTIALS = {"wyoming_bridge": {"partials": True}}
SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[int]:
    """A queue that gets the number of bytes after each read of the bridge."""
    sizes: asyncio.Queue[int] = asyncio.Queue()
    take = Connection.buffer_updated

    def buffer_updated(connection: Connection, nbytes: int) -> None:
        take(connection, nbytes)
        sizes.put_nowait(nbytes)

    monkeypatch.setattr(Connection, "buffer_updated", buffer_updated)
    return sizes


async def send_separately(client, chunk: bytes, *, reads: asyncio.Queue[int]) -> None:
    """Send a chunk, and wait until the bridge has read it before anything else is sent."""
    while not reads.empty():
        reads.get_nowait()
    await client.chunk(chunk)
    await asyncio.wait_for(reads.get(), PATIENCE_S)


def asking(**endpointing: object) -> dict[str, object]:
    return {"wyoming_bridge": {"partials": True, "endpointing": endpointing}}


@pytest.mark.parametrize(
    ("source", "requires_vad"), [("race", False), ("provider", False), ("client", True)]
)
async def test_the_client_needs_a_detector_only_if_it_ends_utterances(
    source: str, *, requires_vad: bool, bridge
) -> None:
    address = await bridge(endpointing=Endpointing(source=source))
    async with AsyncTcpClient(*address, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())

    assert {program.requires_external_vad for program in info.asr} == {requires_vad}
    assert all(program.supports_transcript_streaming for program in info.asr)


async def test_speech_is_answered_when_it_ends_although_the_audio_continues(
    bridge, sample, wyoming_client
) -> None:
    async with wyoming_client(*await bridge(endpointing=Endpointing())) as client:
        await client.write("transcribe", name="reson8", context=PARTIALS)
        pcm = sample("something") + bytes(16000)
        await client.say_only(pcm)
        answer = await client.answer()
        await client.say_only(bytes(64000))  # as Home Assistant before 2026.10 does
        await client.write("audio-stop")
        await client.say(SPEECH)
        following = await client.answer()

    details = answer.data["context"]["wyoming_bridge"]
    assert answer.type == "transcript"
    assert details["ended_by"] == "silence"
    assert 600 <= details["timing"]["endpoint_ms"] < 664
    assert following.type == "transcript"


@pytest.mark.parametrize("access", [Access(), Access(token="t0k3n")])
async def test_a_silence_in_short_chunks_is_read_without_the_pacer(
    access: Access,
    *,
    start_bridge,
    sample,
    wyoming_client,
    reads: asyncio.Queue[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wyoming_bridge.server.read_pacer.READ_INTERVAL_MS", 3_600_000)
    profile = Profile(name="offline", backend=LocalBackend(engine="scripted"))
    address = Address(host="127.0.0.1", port=0)
    config = Config(listen=address, profiles=(profile,), access=access)
    nearly_silent = (sample("something") + bytes(32_000))[: 32 * (SPOKEN_MS["something"][1] + 540)]
    async with wyoming_client(*await start_bridge(config)) as client:
        await client.write("transcribe", context=PARTIALS)
        await client.chunk(nearly_silent)
        await client.write("ping")
        await client.read("pong")  # the bridge has read everything before it
        answering = asyncio.create_task(client.answer())
        async with asyncio.timeout(PATIENCE_S):
            while not answering.done():
                sending = asyncio.create_task(send_separately(client, bytes(320), reads=reads))
                # After the end of the utterance the pacer reads, so this chunk may be read late.
                await asyncio.wait({answering, sending}, return_when=asyncio.FIRST_COMPLETED)
                sending.cancel()
        answer = await answering

    assert answer.data["text"]
    assert answer.data["context"]["wyoming_bridge"]["ended_by"] == "silence"


async def test_an_audio_stop_after_a_silence_is_read_without_the_pacer(
    start_bridge,
    sample,
    wyoming_client,
    reads: asyncio.Queue[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wyoming_bridge.server.read_pacer.READ_INTERVAL_MS", 3_600_000)
    backend = LocalBackend(engine="scripted")
    settings = Endpointing(source=EndpointSource.CLIENT)
    profile = Profile(name="offline", backend=backend, endpointing=settings)
    config = Config(listen=Address(host="127.0.0.1", port=0), profiles=(profile,))
    silent = (sample("something") + bytes(32_000))[: 32 * (SPOKEN_MS["something"][1] + 650)]
    async with wyoming_client(*await start_bridge(config)) as client:
        await client.write("transcribe", context=PARTIALS)
        await client.chunk(silent)
        await client.write("ping")
        await client.read("pong")  # the bridge has read everything before it
        for _ in range(5):
            await send_separately(client, bytes(320), reads=reads)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"]
    assert answer.data["context"]["wyoming_bridge"]["ended_by"] == "client"


async def test_audio_without_speech_is_an_empty_transcript_before_the_audio_ends(
    bridge, wyoming_client
) -> None:
    address = await bridge(endpointing=Endpointing(no_speech_timeout_s=1))
    async with wyoming_client(*address) as client:
        await client.write("transcribe", context=PARTIALS)
        await client.say_only(bytes(33000))
        answer = await client.answer()

    assert (answer.type, answer.data["text"]) == ("transcript", "")
    assert answer.data["context"]["wyoming_bridge"]["ended_by"] == "no_speech"


@pytest.mark.parametrize(
    ("sensitivity", "silence_ms"),
    [("aggressive", 300), ("default", 600), ("relaxed", 1200), ("as-you-like", 600)],
)
async def test_vad_sensitivity_changes_the_silence(
    sensitivity: str, silence_ms: int, bridge, sample, speak
) -> None:
    address = await bridge(endpointing=Endpointing())
    request = Transcribe(name="reson8", vad_sensitivity=sensitivity, context=PARTIALS)

    audio = sample("something") + bytes(64000)
    reply = await speak(address, audio, transcribe=request, realtime=True)

    # It may be longer: words that arrive late, as on a busy machine, look like more speech.
    details = reply.answer.data["context"]["wyoming_bridge"]
    assert details["timing"]["endpoint_ms"] >= silence_ms


async def test_our_own_client_can_set_the_silence_exactly(bridge, sample, speak) -> None:
    address = await bridge(endpointing=Endpointing())
    request = Transcribe(name="reson8", context=asking(silence_ms=450))

    audio = sample("something") + bytes(64000)
    reply = await speak(address, audio, transcribe=request, realtime=True)

    details = reply.answer.data["context"]["wyoming_bridge"]
    assert details["timing"]["endpoint_ms"] >= 450


@pytest.mark.parametrize(
    ("context", "message"),
    [
        (asking(silence_ms=1), "silence_ms: must be 100 to 5000 ms, got 1"),
        (asking(quiet=1), "no endpointing setting named 'quiet'; available: source"),
        (asking(open="on_speech"), "endpointing.open is now called connect"),
        (asking(endpointing="race"), "endpointing.endpointing is now called source"),
        (
            {"wyoming_bridge": {"endpointing": "race"}},
            "endpointing must be an object of settings, got 'race'",
        ),
        (asking(source="provider"), "does not detect the end of speech"),
    ],
)
async def test_an_impossible_setting_is_refused_with_an_error(
    context: dict[str, object], message: str, bridge, speak
) -> None:
    request = Transcribe(name="reson8", context=context)

    reply = await speak(await bridge(), SPEECH, transcribe=request)

    assert reply.answer.data["code"] == "invalid_request"
    assert message in reply.answer.data["text"]


async def test_names_and_terms_are_sent_up_to_the_limit_of_the_service(
    bridge, speak, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    address = await bridge()
    terms = [f"term {number}" for number in range(60)]
    request = Transcribe(
        name="elevenlabs", transcript_names=["Zolder"], transcript_terms=terms, context=PARTIALS
    )

    reply = await speak(address, SPEECH, transcribe=request)

    expected = scripted_words(SPEECH, bias_terms=["Zolder", *terms[:49]])
    assert reply.answer.data["text"].split() == expected
    expected = "elevenlabs: left out 11 of 61 terms, because the service allows no more: term 49"
    assert expected in caplog.text
    details = reply.answer.data["context"]["wyoming_bridge"]
    assert details["left_out_terms"] == terms[49:]


@pytest.mark.parametrize(
    ("profile", "terms", "left_out"),
    [
        ("reson8", ["Zolder"], []),
        ("scriptix", ["Zolder", "Kelder"], ["Zolder", "Kelder"]),
        ("elevenlabs", None, None),
    ],
)
async def test_an_answer_names_the_terms_that_the_service_did_not_get(
    profile: str, terms: list[str] | None, left_out: list[str] | None, bridge, speak
) -> None:
    request = Transcribe(name=profile, transcript_names=terms, context=PARTIALS)

    reply = await speak(await bridge(), SPEECH, transcribe=request)

    assert reply.answer.data["context"]["wyoming_bridge"].get("left_out_terms") == left_out


async def test_invalid_terms_are_refused(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", transcript_names=[1])
        refused = await client.answer()

    assert refused.data["code"] == "bad_event"
    assert "transcript_names" in refused.data["text"]


async def test_the_text_can_be_styled_for_commands_and_the_context_keeps_the_original(
    bridge, speak
) -> None:
    address = await bridge(text_style=TextStyle.COMMANDS)
    request = Transcribe(name="elevenlabs", transcript_names=["off. (laughs)"], context=PARTIALS)

    reply = await speak(address, SPEECH, transcribe=request)

    original = " ".join(scripted_words(SPEECH, bias_terms=["off. (laughs)"]))
    details = reply.answer.data["context"]["wyoming_bridge"]
    assert details.get("said", reply.answer.data["text"]) == original
    assert "(laughs)" not in reply.answer.data["text"]
