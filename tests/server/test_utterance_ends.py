"""Utterances that end in an unusual way, in virtual time and without sockets."""

import asyncio
import json
from collections.abc import Callable

import pytest

from memory_client import FORMAT, Client
from virtual_time import in_virtual_time
from wyoming_bridge.server.phase import Phase
from wyoming_bridge.transcriber import Limits

SECOND = bytes([7, 1]) * 16000
AUDIO = json.dumps({"type": "audio-chunk", "data": FORMAT, "payload_length": len(SECOND)}).encode()


async def settled(client: Client) -> None:
    """Let all tasks run, and check that no session is left."""
    for _ in range(20):
        await asyncio.sleep(0)
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert [name for name in names if name.startswith(("session", "wyoming", "send"))] == []
    assert all(transport.closed.is_set() for transport in client.service.transports)


GARBAGE = b"GET / HTTP/1.1\r\n"
OTHER_RATE = b'{"type": "audio-chunk", "data": {"rate": 8000, "width": 2, "channels": 1}}\n'
OVERSIZED = b'{"type": "audio-chunk", "payload_length": 9999999}\n'
NO_NUMBERS = b'{"type": "audio-chunk", "data": {"rate": 16000, "width": true, "channels": 1}}\n'
OTHER_REQUEST = b'{"type": "transcribe", "data": {"name": "bathroom"}}\n'
LONG_SPEECH = [AUDIO + b"\n" + SECOND] * 2


def gone(client: Client) -> None:
    client.connection.connection_lost(ConnectionResetError())


def stopped(client: Client) -> None:
    client.handler.stop()


def sending(what: bytes) -> Callable[[Client], None]:
    return lambda client: client.send(what)


ENDS = {
    "garbage": sending(GARBAGE),
    "another rate": sending(OTHER_RATE),
    "no numbers": sending(NO_NUMBERS),
    "oversized": sending(OVERSIZED),
    "another request": sending(OTHER_REQUEST),
    "reset": gone,
    "the bridge stops": stopped,
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("turns", [0, 1, 5])
@in_virtual_time
async def test_the_session_ends_with_its_utterance(how: str, turns: int) -> None:
    """The utterance ends after 0, 1 or 5 turns of the event loop. At 0, it has no session yet."""
    client = Client()
    client.send(*LONG_SPEECH)
    for _ in range(turns):
        await asyncio.sleep(0)
    ENDS[how](client)

    await settled(client)

    errors = [event for event in client.received if event.type == "error"]
    assert len(errors) == (how != "reset")
    assert len(client.utterances) == 1


@pytest.mark.parametrize("end", [GARBAGE, OTHER_RATE, OVERSIZED])
@in_virtual_time
async def test_an_utterance_that_is_ended_in_the_same_write_leaves_no_session(end: bytes) -> None:
    client = Client()
    client.send(AUDIO.replace(b"32000", b"3200") + b"\n" + SECOND[:3200], end)

    await settled(client)

    assert client.service.transports == []
    assert [event.type for event in client.received] == ["error"]


@pytest.mark.parametrize(
    ("chunk", "every_s", "chunks"),
    [(bytes(2), 0.9, 20), (bytes(3200), 1.0, 20), (SECOND, 1.9, 20)],
)
@in_virtual_time
async def test_audio_that_arrives_too_slowly_is_an_error(
    chunk: bytes, every_s: float, chunks: int
) -> None:
    client = Client()
    for _ in range(chunks):
        client.say(chunk)
        await asyncio.sleep(every_s)

    await settled(client)
    (error,) = client.received
    assert error.data["code"] == "invalid_request"
    assert "the audio is 10 s behind" in str(error.data["text"])
    assert error.data["text_key"] == "audio_behind"
    assert client.handler.phase is Phase.DRAINING


@pytest.mark.parametrize(
    ("audio_timeout_s", "every_s", "lives_s"),
    [(10, 9, 12), (60, 9, 62), (60, 59, 62), (1, 0.9, 12)],
)
@in_virtual_time
async def test_a_client_that_sends_a_sample_now_and_then_loses_its_utterance(
    audio_timeout_s: float, every_s: float, lives_s: float
) -> None:
    client = Client(audio_timeout_s=audio_timeout_s, limits=Limits(idle_s=audio_timeout_s))

    async def trickle() -> None:
        while True:
            client.say(bytes(2))
            await asyncio.sleep(every_s)

    trickling = asyncio.create_task(trickle())
    await asyncio.sleep(lives_s - 0.1)
    before = client.received
    await asyncio.sleep(0.2)
    trickling.cancel()

    assert before == []
    assert [event.data.get("code") for event in client.received] == ["invalid_request"]
    await settled(client)


@pytest.mark.parametrize("audio_timeout_s", [10, 60])
@in_virtual_time
async def test_a_client_that_stops_in_mid_command_gets_an_error_and_not_half_of_it(
    audio_timeout_s: float,
) -> None:
    client = Client(audio_timeout_s=audio_timeout_s, limits=Limits(idle_s=audio_timeout_s))
    client.say(SECOND)
    await asyncio.sleep(audio_timeout_s + 5)
    client.send(b'{"type": "audio-stop"}\n')
    (error,) = client.received

    assert error.data["code"] == "invalid_request"
    assert f"no audio arrived for {audio_timeout_s} s" in str(error.data["text"])
    assert client.has_ended


@in_virtual_time
async def test_after_the_audio_has_ended_it_is_not_late() -> None:
    client = Client()
    client.say(SECOND)
    client.send(b'{"type": "audio-stop"}\n')
    await asyncio.sleep(60)

    assert [event.type for event in client.received] == ["transcript"]


@in_virtual_time
async def test_audio_at_the_pace_of_speech_is_never_too_slow() -> None:
    client = Client()
    for _ in range(60):
        client.say(SECOND)
        await asyncio.sleep(1)
    client.send(b'{"type": "audio-stop"}\n')
    await asyncio.sleep(1)

    assert [event.type for event in client.received] == ["transcript"]


@pytest.mark.parametrize("sent", [b"", OTHER_RATE.replace(b"8000", b"16000")])
@in_virtual_time
async def test_no_audio_within_the_timeout_is_an_empty_transcript(sent: bytes) -> None:
    client = Client(audio_timeout_s=10)
    client.send(json.dumps({"type": "audio-start", "data": FORMAT}).encode() + b"\n")
    for _ in range(9):
        await asyncio.sleep(1)
        client.send(sent)
    before = client.received
    await asyncio.sleep(2)

    assert before == []
    assert [(event.type, event.data) for event in client.received] == [("transcript", {"text": ""})]
    assert client.utterances == []


@in_virtual_time
async def test_after_an_error_the_connection_ends_at_the_end_of_the_audio() -> None:
    client = Client()
    client.send(OTHER_REQUEST)
    for _ in range(30):
        client.say(SECOND)
        await asyncio.sleep(1)
    before = client.has_ended
    client.send(b'{"type": "audio-stop"}\n')

    assert [event.type for event in client.received] == ["error"]
    assert not before
    assert client.has_ended
    await asyncio.sleep(2)
    await settled(client)


@in_virtual_time
async def test_a_new_request_after_an_error_begins_an_utterance() -> None:
    client = Client()
    client.send(OTHER_REQUEST, b'{"type": "transcribe"}\n')
    client.say(SECOND)
    client.send(b'{"type": "audio-stop"}\n')
    await asyncio.sleep(1)

    assert [event.type for event in client.received] == ["error", "transcript"]
    assert not client.has_ended


TURN = 50


@in_virtual_time
async def test_a_turn_of_the_loop_handles_a_limited_number_of_events() -> None:
    client = Client()
    client.send(b'{"type": "ping"}\n' * 4 * TURN)
    pongs = [len(client.received)]
    for _ in range(5):
        await asyncio.sleep(0)
        pongs.append(len(client.received))

    assert pongs == [TURN, 2 * TURN, 3 * TURN, 4 * TURN, 4 * TURN, 4 * TURN]


@in_virtual_time
async def test_a_turn_of_the_loop_handles_a_limited_amount_of_audio() -> None:
    client = Client()
    ping = b'{"type": "ping"}\n'
    client.send(AUDIO + b"\n" + SECOND, ping, AUDIO + b"\n" + SECOND, ping)
    pongs = [len(client.received)]
    for _ in range(3):
        await asyncio.sleep(0)
        pongs.append(len(client.received))

    assert pongs[0] <= 1
    assert pongs[-1] == 2


@in_virtual_time
async def test_events_of_a_closing_connection_are_not_handled() -> None:
    client = Client()
    ping = b'{"type": "ping", "data": {"text": "' + b"x" * 9000 + b'"}}\n'
    client.send(ping * 2)
    client.connection.close()
    client.send(ping)
    for _ in range(5):
        await asyncio.sleep(0)

    assert len(client.received) == 2


@in_virtual_time
async def test_ending_a_connection_that_has_broken_unnoticed_raises_nothing() -> None:
    client = Client()

    def not_connected() -> None:
        raise OSError(107, "Transport endpoint is not connected")

    client.transport.write_eof = not_connected  # type: ignore[method-assign]
    client.connection.end()

    assert client.has_ended
    gone(client)


async def test_events_that_were_read_before_the_client_left_are_not_handled() -> None:
    client = Client()
    client.send(b'{"type": "ping"}\n' * 4 * TURN)
    gone(client)
    for _ in range(5):
        await asyncio.sleep(0)

    assert len(client.received) == TURN
