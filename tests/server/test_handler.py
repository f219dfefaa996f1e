"""The events that a Wyoming client may send and the answers that it gets, on real sockets."""

import asyncio
import json
from pathlib import Path

import pytest
from wyoming.asr import Transcribe

from patience import PATIENCE_S
from wyoming_bridge.config import Address, Config, LocalBackend, Profile, SendsChunks
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.server.wire import MAX_HEADER_BYTES
from wyoming_bridge.server.wire_json import MAX_PAYLOAD_BYTES
from wyoming_bridge.transcriber import Limits

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


async def test_audio_stop_without_audio_is_an_empty_transcript_and_no_session(
    bridge, engine, speak
) -> None:
    reply = await speak(await bridge(), b"")

    assert reply.answer.type == "transcript"
    assert reply.answer.data["text"] == ""
    assert not engine.opened.is_set()


async def test_silence_is_an_empty_transcript(bridge, speak) -> None:
    reply = await speak(await bridge(), bytes(32000))

    assert reply.answer.type == "transcript"
    assert reply.answer.data["text"] == ""


async def test_a_client_that_names_no_profile_gets_the_default_profile(
    bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.chunk(SPEECH)  # without a transcribe or audio-start event before it
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    assert "context" not in answer.data


async def test_a_client_that_requests_no_partials_gets_only_wyomings_own_events(
    bridge, speak
) -> None:
    reply = await speak(await bridge(), SPEECH, transcribe=Transcribe(language="en"))

    assert {event.type for event in reply.events} <= {
        "transcript-start",
        "transcript-chunk",
        "transcript",
    }


async def test_streamed_chunks_are_between_start_and_stop_and_join_to_the_transcript(
    bridge, wyoming_client
) -> None:
    kinds = []
    chunks = ""
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", language="en", context={})
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        while "transcript-stop" not in kinds:
            event = await client.raw.read_event()
            kinds.append(event.type)
            chunks += event.data["text"] if event.type == "transcript-chunk" else ""

    assert kinds[0] == "transcript-start"
    assert kinds[-2:] == ["transcript", "transcript-stop"]
    assert chunks == WORDS


async def test_ping_is_answered_and_unknown_events_are_ignored(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("no-such-event", anything=1)
        await client.write("ping", text="there?")
        pong = await client.raw.read_event()

    assert (pong.type, pong.data) == ("pong", {"text": "there?"})


async def test_a_program_can_be_selected_for_the_connection(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("select-program", name="scriptix")
        await client.write("transcribe", context={"wyoming_bridge": {"partials": True}})
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["context"]["wyoming_bridge"]["profile"] == "scriptix"


@pytest.mark.parametrize("start", [True, False])
async def test_audio_after_a_refused_selection_goes_to_no_profile(
    bridge, wyoming_client, engine, *, start: bool
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("select-program", name="bathroom")
        refused = await client.answer()
        if start:
            await client.write("audio-start", rate=16000, width=2, channels=1)
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert [refused.type, answer.type] == ["error", "error"]
    assert "bathroom" in answer.data["text"]
    assert not engine.opened.is_set()


async def test_an_unknown_profile_is_refused_by_name_and_its_audio_is_ignored(
    bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", name="bathroom")
        await client.write("audio-start", rate=16000, width=2, channels=1)
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        refused = await client.answer()
        after = await client.raw.read_event()

    assert refused.data["code"] == "invalid_request"
    assert "'bathroom'" in refused.data["text"]
    assert "elevenlabs, openai, reson8, scriptix" in refused.data["text"]
    assert after is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"rate": 16000, "width": 2}, "bad_event"),
        ({"rate": "fast", "width": 2, "channels": 1}, "bad_event"),
        ({"rate": 16000, "width": 7, "channels": 1}, "unsupported_audio"),
        ({"rate": 0, "width": 2, "channels": 1}, "unsupported_audio"),
        ({"rate": 16000, "width": 2, "channels": 99}, "unsupported_audio"),
        ({"rate": 16000, "width": True, "channels": True}, "bad_event"),
        ({"rate": 16000, "width": 2, "channels": True}, "bad_event"),
    ],
)
async def test_audio_in_an_impossible_format_is_refused_with_an_error(
    data: dict[str, object], code: str, bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("audio-start", **data)
        refused = await client.answer()
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        after = await client.raw.read_event()

    assert refused.type == "error"
    assert refused.data["code"] == code
    assert after is None


async def test_a_format_that_changes_in_the_middle_is_refused_and_ends_the_session(
    bridge, engine, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.say(SPEECH, stop=False)
        await asyncio.wait_for(engine.opened.wait(), PATIENCE_S)
        await client.write("audio-chunk", rate=8000, width=2, channels=1)
        refused = await client.answer()
        await asyncio.wait_for(engine.closed.wait(), PATIENCE_S)

    assert refused.data["code"] == "unsupported_audio"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not JSON"),
        (b"[]\n", "must be a JSON object"),
        (b"{}\n", "type must be a non-empty string, got None"),
        (b"x" * (MAX_HEADER_BYTES + 2), "longer than"),
        (
            json.dumps({"type": "x", "payload_length": MAX_PAYLOAD_BYTES + 1}).encode() + b"\n",
            "payload_length",
        ),
        (json.dumps({"type": "x", "data_length": 2 << 30}).encode() + b"\n", "data_length"),
        (json.dumps({"type": "x", "data_length": -1}).encode() + b"\n", "data_length"),
    ],
)
async def test_invalid_bytes_are_refused_with_an_error_and_the_bridge_goes_on(
    sent: bytes, message: str, bridge, speak, wyoming_client
) -> None:
    address = await bridge()

    async with wyoming_client(*address) as client:
        client.raw._writer.write(sent)  # noqa: SLF001 - the library sends only valid events
        refused = await client.answer()
        end = await client.raw.read_event()
    reply = await speak(address, SPEECH)

    assert refused.data["code"] == "bad_event"
    assert message in refused.data["text"]
    assert end is None
    assert reply.answer.data["text"] == WORDS


async def test_clients_that_leave_at_any_moment_leave_no_trace_in_the_log(
    bridge, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = await bridge()
    for sent in (b"", b'{"type": "audio', b'{"type": "audio-chunk", "payload_length": 99}\nabc'):
        _, writer = await asyncio.open_connection(host, port)
        writer.write(sent)
        writer.transport.abort()
    async with wyoming_client(host, port) as client:
        await client.write("ping")
        await client.read("pong")

    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


async def test_the_audio_of_a_refused_utterance_is_ignored_after_one_answer(
    start_bridge, wyoming_client
) -> None:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right-token"}))
    await server.start()
    backend = PROVIDERS[ProviderName.RESON8].settings(url=f"{server.url}/reson8", token="wrong")
    profile = Profile(name="p", backend=backend, endpointing=RECORDING)
    listen = Address(host="127.0.0.1", port=0)
    address = await start_bridge(Config(listen=listen, profiles=(profile,)))

    async with wyoming_client(*address) as client:
        await client.say(SPEECH, stop=False)
        error = await client.answer()
        for _ in range(20):  # as Home Assistant before 2026.10 does
            await client.chunk(SPEECH[:2048])
        await client.write("ping")
        during = await client.raw.read_event()
        await client.write("audio-stop")
        after = await client.raw.read_event()
    await server.stop()

    assert error.data["code"] == "auth_failed"
    assert during.type == "pong"
    assert after is None


@pytest.mark.parametrize(
    ("sends", "context", "chunks"),
    [
        (SendsChunks.ON_REQUEST, {}, False),
        (SendsChunks.ON_REQUEST, {"context": None}, False),
        (SendsChunks.ON_REQUEST, {"context": "x"}, False),
        (SendsChunks.ON_REQUEST, {"context": {}}, True),
        (SendsChunks.ON_REQUEST, {"context": {"conversation": "1"}}, True),
        (SendsChunks.ALWAYS, {}, True),
        (SendsChunks.ALWAYS, None, True),
    ],
)
async def test_chunks_are_sent_to_clients_that_support_them_or_always_as_configured(
    sends: SendsChunks,
    context: dict[str, object] | None,
    chunks: bool,  # noqa: FBT001 - a test parameter
    start_bridge,
    wyoming_client,
) -> None:
    """A client without support for chunks may take the first event after ``info`` as the answer."""
    profile = Profile(name="p", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)
    listen = Address(host="127.0.0.1", port=0)
    address = await start_bridge(Config(listen=listen, profiles=(profile,), sends_chunks=sends))
    async with wyoming_client(*address) as client:
        await client.write("describe")
        await client.read("info")
        if context is not None:
            await client.write("transcribe", **context)
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        first = await client.raw.read_event()

    assert first.type == ("transcript-start" if chunks else "transcript")


async def test_nested_json_is_refused_and_the_bridge_goes_on(
    bridge, speak, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    address = await bridge()
    for kind in ("ping", "transcribe", "audio-start", "x"):
        nested = "[" * 974 + "]" * 974
        async with wyoming_client(*address) as client:
            client.write_bytes(f'{{"type": "{kind}", "data": {{"text": {nested}}}}}\n'.encode())
            refused = await client.answer()
            assert refused.data["code"] == "bad_event"
    reply = await speak(address, SPEECH)

    assert reply.answer.data["text"] == WORDS
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_ping_of_any_kind_is_answered_with_a_pong(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("ping", text=5)
        pong = await client.raw.read_event()

    assert pong.type == "pong"


async def test_a_client_that_stops_sending_in_mid_command_gets_an_error(
    bridge, wyoming_client
) -> None:
    address = await bridge(limits=Limits(idle_s=1))
    async with wyoming_client(*address) as client:
        await client.say(SPEECH, stop=False)
        answer = await client.answer()

    assert (answer.type, answer.data["code"]) == ("error", "invalid_request")
    assert answer.data["text_key"] == "audio_stopped"


async def test_a_client_that_stops_sending_silence_gets_an_empty_transcript(
    bridge, wyoming_client
) -> None:
    address = await bridge(limits=Limits(idle_s=1))
    async with wyoming_client(*address) as client:
        await client.say(bytes(len(SPEECH)), stop=False)
        answer = await client.answer()

    assert (answer.type, answer.data["text"]) == ("transcript", "")


async def test_an_unpaired_surrogate_in_an_event_does_no_harm(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        writer = client.raw._writer  # noqa: SLF001 - the library writes whole characters only
        writer.write(b'{"type": "ping", "data": {"text": "\\ud800"}}\n')
        pong = await client.read("pong")
        writer.write(b'{"type": "transcribe", "data": {"language": "\\ud800"}}\n')
        await client.chunk(SPEECH)
        refused = await client.answer()

    assert pong.data["text"] == "\ud800"
    assert refused.data["code"] == "invalid_request"


async def test_after_a_refused_audio_start_a_valid_one_begins_an_utterance(
    bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("audio-start", rate=1, width=2, channels=1)
        refused = await client.answer()
        await client.write("audio-start", rate=16000, width=2, channels=1)
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert refused.data["code"] == "unsupported_audio"
    assert answer.data["text"] == WORDS


def timers_of(port: int) -> list[str]:
    """Return the kernel's timer for each connection to a port. "02" is the keepalive timer."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
    return [row[5][:2] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists timers")
async def test_a_client_whose_cable_is_pulled_is_noticed(bridge, wyoming_client) -> None:
    _, port = address = await bridge()
    async with wyoming_client(*address) as client:
        await client.write("ping")
        await client.read("pong")
        timers = timers_of(port)

    assert timers == ["02"]
