"""Decoding of Wyoming events: valid events, as the library writes them, and invalid ones."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk
from wyoming.event import Event, async_read_event, async_write_event

from wyoming_bridge.errors import WireError
from wyoming_bridge.server.event_decoder import PIECE_BYTES, EventDecoder
from wyoming_bridge.server.wire import MAX_HEADER_BYTES, STRANGER_LIMITS, encode_event
from wyoming_bridge.server.wire_json import MAX_DATA_BYTES, MAX_PAYLOAD_BYTES


class Recorder:
    """A stream writer that keeps the bytes. It has the methods that the Wyoming library calls."""

    def __init__(self) -> None:
        self.written = b""

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.written += b"".join(parts)

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        pass


def as_the_library_writes(*events: Event) -> bytes:
    recorder = Recorder()
    for event in events:
        asyncio.run(async_write_event(event, recorder))  # type: ignore[arg-type]
    return recorder.written


STREAM = [
    Transcribe(language="nl", transcript_names=["Ada", "Grâce"]).event(),
    *(
        AudioChunk(rate=16000, width=2, channels=1, audio=bytes([n]) * 320).event()
        for n in range(4)
    ),
    AudioChunk(rate=16000, width=2, channels=1, audio=b"\n{}\n", timestamp=70).event(),
    Event(type="audio-stop"),
    Event(type="ping", data={"text": "there?"}),
]


@given(borders=st.lists(st.integers(min_value=0, max_value=4000)))
def test_a_stream_split_anywhere_is_the_same_events(borders: list[int]) -> None:
    sent = as_the_library_writes(*STREAM)
    cuts = [0, *sorted(min(border, len(sent)) for border in borders), len(sent)]
    decoder = EventDecoder()

    events = [event for start, stop in pairwise(cuts) for event in decoder.feed(sent[start:stop])]

    assert [(e.type, dict(e.data), e.payload) for e in events] == [
        (e.type, e.data, e.payload or b"") for e in STREAM
    ]
    assert [e.size for e in events] == [len(as_the_library_writes(e)) for e in STREAM]
    assert all(type(e.payload) is bytes for e in events)


def test_only_the_received_part_of_a_buffer_is_read() -> None:
    sent = as_the_library_writes(*STREAM)
    buffer = bytearray(sent + b"left from an earlier read\n")

    events = list(EventDecoder().feed(buffer, len(sent)))
    buffer[:] = bytes(len(buffer))  # the next read overwrites the buffer

    assert [(e.type, e.payload) for e in events] == [(e.type, e.payload or b"") for e in STREAM]


def test_the_data_block_overrides_data_in_the_header() -> None:
    block = json.dumps({"b": 3}).encode()
    header = {"type": "x", "data": {"a": 1, "b": 2}, "data_length": len(block)}
    sent = json.dumps(header).encode() + b"\n" + block

    (event,) = EventDecoder().feed(sent)

    assert event.data == {"a": 1, "b": 3}


def test_the_largest_event_that_is_allowed_is_read() -> None:
    padding = "x" * (MAX_DATA_BYTES - len('{"a": ""}'))
    data = json.dumps({"a": padding}).encode()
    header = {"type": "audio-chunk", "data_length": len(data), "payload_length": MAX_PAYLOAD_BYTES}
    line = json.dumps(header).encode()
    line += b" " * (MAX_HEADER_BYTES - len(line))
    payload = bytes(range(256)) * (MAX_PAYLOAD_BYTES // 256)

    events = list(EventDecoder().feed(line + b"\n" + data + payload))

    assert b"".join(event.payload for event in events) == payload


@pytest.mark.parametrize("cut", [1, 1000, PIECE_BYTES - 1, PIECE_BYTES, 1 << 20])
def test_a_long_chunk_is_returned_in_pieces_however_it_is_received(cut: int) -> None:
    payload = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"end"
    audio = Event(type="audio-chunk", data={"rate": 16000}, payload=payload)
    sent = as_the_library_writes(audio, Event(type="audio-stop"))
    decoder = EventDecoder()

    events = [e for at in range(0, len(sent), cut) for e in decoder.feed(sent[at : at + cut])]

    assert [len(e.payload) for e in events] == [PIECE_BYTES] * 3 + [3, 0]
    assert b"".join(e.payload for e in events) == payload
    assert all(e.data is events[0].data for e in events[:-1])
    assert events[-1].type == "audio-stop"


@pytest.mark.parametrize("cut", [1000, 1 << 20])
def test_the_long_payload_of_an_event_that_is_not_audio_is_skipped(cut: int) -> None:
    picture = Event(type="picture", payload=bytes(MAX_PAYLOAD_BYTES))
    sent = as_the_library_writes(picture, Event(type="ping"))
    decoder = EventDecoder()

    events = [e for at in range(0, len(sent), cut) for e in decoder.feed(sent[at : at + cut])]

    assert [(e.type, e.payload) for e in events] == [("picture", b""), ("ping", b"")]


@pytest.mark.parametrize(
    ("size", "limit"),
    [("header", STRANGER_LIMITS.header), ("data_length", STRANGER_LIMITS.data)],
)
def test_the_first_event_of_a_stranger_has_lower_limits(size: str, limit: int) -> None:
    names = "n" * limit
    header = {"type": "x", "a": names} if size == "header" else {"type": "x", size: limit + 1}
    line = json.dumps(header).encode() + b"\n"

    with pytest.raises(WireError, match=size):
        list(EventDecoder(STRANGER_LIMITS).feed(line))
    assert list(EventDecoder().feed(line)) == list(EventDecoder().feed(line))


def test_bytes_that_wait_are_kept_when_the_buffer_is_read_into_again() -> None:
    sent = bytearray(as_the_library_writes(*STREAM))
    decoder = EventDecoder()
    decoder.receive(sent)
    first = decoder.next_event()
    decoder.keep_rest()
    sent[:] = bytes(len(sent))

    rest = list(iter(decoder.next_event, None))

    assert first is not None
    assert [e.type for e in (first, *rest)] == [e.type for e in STREAM]


def test_a_header_is_parsed_once_however_the_rest_is_received(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []

    def watched(text: bytes, **how: Callable[[str], object]) -> object:
        read.append(text)
        return parsed(text, **how)

    parsed = json.loads
    monkeypatch.setattr("wyoming_bridge.server.wire_json.json.loads", watched)
    long = {"type": "long", "payload_length": 99, "data": {"names": ["a name"] * 1000}}
    decoder = EventDecoder()

    events = list(decoder.feed(json.dumps(long).encode() + b"\n"))
    for _ in range(99):
        events += decoder.feed(b"x")

    assert [(event.type, event.payload) for event in events] == [("long", b"x" * 99)]
    assert len(read) == 1


def test_a_header_without_end_is_refused_before_it_fills_the_memory() -> None:
    decoder = EventDecoder()
    before = [list(decoder.feed(b"x" * 1000)) for _ in range(MAX_HEADER_BYTES // 1000)]

    with pytest.raises(WireError, match="longer than"):
        list(decoder.feed(b"x" * 1000))
    assert not any(before)


@given(sent=st.binary(max_size=300))
def test_random_bytes_raise_only_our_error(sent: bytes) -> None:
    with suppress(WireError):
        list(EventDecoder().feed(sent + b"\n"))


@given(
    kind=st.text(min_size=1, max_size=10),
    data=st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3),
)
def test_the_library_reads_what_we_write(kind: str, data: dict[str, str]) -> None:
    async def read() -> Event | None:
        reader = asyncio.StreamReader()
        reader.feed_data(encode_event(kind, data))
        reader.feed_eof()
        return await async_read_event(reader)

    event = asyncio.run(read())

    assert event is not None
    assert (event.type, event.data) == (kind, data)


def test_events_before_invalid_bytes_are_decoded() -> None:
    events = EventDecoder().feed(b'{"type": "audio-stop"}\nrubbish\n')

    assert next(events).type == "audio-stop"
    with pytest.raises(WireError):
        next(events)


def joined(sent: bytes) -> list[tuple[str, bytes]]:
    """Decode events, each joined with the chunks that follow it."""
    decoder = EventDecoder()
    decoder.receive(bytearray(sent))
    events = iter(decoder.next_event, None)
    return [(e.type, e.payload) for e in map(decoder.with_following, events)]


def test_chunks_that_differ_only_in_their_audio_are_joined() -> None:
    start = Event(type="audio-start", data={"rate": 16000})
    stop = Event(type="audio-stop")
    chunks = [Event(type="audio-chunk", data=start.data, payload=bytes([n, 0])) for n in range(4)]
    later = Event(type="audio-chunk", data={"rate": 16000, "timestamp": 5}, payload=b"..")
    longer = Event(type="audio-chunk", data=start.data, payload=b"....")
    stream = [start, *chunks, stop, start, *chunks, later, chunks[0], longer, longer]

    events = joined(as_the_library_writes(*stream))

    together = ("audio-chunk", b"".join(chunk.payload or b"" for chunk in chunks))
    assert events == [
        ("audio-start", b""),
        together,
        ("audio-stop", b""),
        ("audio-start", b""),
        together,
        ("audio-chunk", b".."),
        ("audio-chunk", bytes(2)),
        ("audio-chunk", b"........"),
    ]


def test_at_most_64_ms_of_chunks_are_joined() -> None:
    chunk = Event(type="audio-chunk", data={"rate": 16000}, payload=bytes(10 * 32))

    events = joined(as_the_library_writes(*[chunk] * 20))

    assert [len(payload) / 32 for _, payload in events] == [60, 60, 60, 20]


@given(borders=st.lists(st.integers(min_value=0, max_value=4000)))
def test_a_stream_split_anywhere_and_joined_has_the_same_audio(borders: list[int]) -> None:
    sent = as_the_library_writes(*STREAM)
    cuts = [0, *sorted(min(border, len(sent)) for border in borders), len(sent)]
    decoder = EventDecoder()
    audio = b""
    for start, stop in pairwise(cuts):
        decoder.receive(sent[start:stop])
        for event in map(decoder.with_following, iter(decoder.next_event, None)):
            audio += event.payload

    assert audio == b"".join(event.payload or b"" for event in STREAM)
