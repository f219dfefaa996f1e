"""The client and the server of each provider, connected in memory."""

from dataclasses import fields
from itertools import count, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from pairs import BYTES_PER_MS, Pair, word_of
from wyoming_bridge.errors import AuthenticationError, ServiceError
from wyoming_bridge.events import (
    Failed,
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionStarted,
    State,
    Word,
    WordKind,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.registry import PROVIDERS
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.settings import Settings

BATCH = 3200
"""The bytes of 100 ms of audio."""

ALL = [provider.settings() for provider in PROVIDERS.values()]
TIMING = [row.settings() for row in PROVIDERS.values() if row.capabilities.word_times]
FLUSHING = [row.settings() for row in PROVIDERS.values() if row.capabilities.flush]
WITH_TOKEN = [
    *(provider.settings(token="right") for provider in PROVIDERS.values()),
    Reson8Settings(token="right", auth="access_token"),
    Reson8Settings(token="right", auth="subprotocol"),
    ScriptixSettings(token="right", auth="query"),
    OpenAISettings(token="right", auth="client_secret"),
]


def named(settings: Settings) -> str:
    changed = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if getattr(settings, field.name) != field.default and field.name != "token"
    }
    return f"{type(settings).__name__}{changed or ''}"


def opened(settings: Settings) -> Pair:
    pair = Pair(settings)
    pair.deliver_all()
    return pair


def speech(number: int, *, size: int = BATCH) -> bytes:
    """Return audio that differs for each number."""
    return number.to_bytes(4, "big") * (size // 4)


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_a_session_starts_without_audio(settings: Settings) -> None:
    pair = opened(settings)
    assert len(pair.of(SessionStarted)) == 1
    assert pair.client.state is State.LISTENING


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_the_engine_gets_exactly_the_audio_in_order(settings: Settings) -> None:
    pair = opened(settings)
    for number in range(1, 11):
        pair.client.send_audio(speech(number), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.engine.audio == b"".join(map(speech, range(1, 11)))


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_audio_before_the_start_reaches_the_engine(settings: Settings) -> None:
    pair = Pair(settings)
    for number in range(1, 11):
        pair.client.send_audio(speech(number), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.engine.audio == b"".join(map(speech, range(1, 11)))
    assert pair.client.state is State.CLOSED


def test_a_short_rest_is_padded_with_silence() -> None:
    pair = opened(ElevenLabsSettings())
    pair.client.send_audio(speech(1), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.engine.audio == speech(1) + bytes(200 * BYTES_PER_MS)
    assert pair.texts == [word_of(speech(1))]
    assert pair.client.state is State.CLOSED


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_partials_grow_and_the_last_final_ends_the_session(settings: Settings) -> None:
    pair = opened(settings)
    words = [word_of(speech(number)) for number in range(1, 5)]
    for number in range(1, 5):
        pair.client.send_audio(speech(number), now=0.0)
        pair.deliver_all()
    partials = [event.text for event in pair.events if isinstance(event, PartialText)]
    assert partials == [" ".join(words[:length]) for length in range(1, 5)]
    assert pair.client.state is State.CONNECTED
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.texts == [" ".join(words)]
    assert pair.events[-1] == Finished()
    assert pair.client.state is State.CLOSED
    assert pair.of(Failed) == []


@pytest.mark.parametrize("settings", TIMING, ids=named)
def test_words_arrive_with_their_times_and_confidence(settings: Settings) -> None:
    pair = opened(settings)
    for number in range(1, 4):
        pair.client.send_audio(speech(number), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    words = [
        word
        for event in pair.events
        if isinstance(event, (FinalText, FinalEnriched))
        for word in event.words
        if word.kind is WordKind.WORD
    ]
    assert words == [
        Word(
            text=word_of(speech(number)),
            start_ms=100 * (number - 1),
            end_ms=100 * number,
            confidence=pytest.approx(0.5),
        )
        for number in range(1, 4)
    ]


@pytest.mark.parametrize("settings", FLUSHING, ids=named)
def test_each_flush_gives_a_final_text_and_the_session_continues(settings: Settings) -> None:
    pair = opened(settings)
    for number in (1, 2, 3):
        for _ in range(4):
            pair.client.send_audio(speech(number), now=0.0)
        pair.client.flush(f"{number}", now=0.0)
        pair.deliver_all()
        assert pair.of(FlushDone)[-1] == FlushDone(flush_id=f"{number}")
    assert pair.texts == [" ".join([word_of(speech(number))] * 4) for number in (1, 2, 3)]
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.client.state is State.CLOSED


@pytest.mark.parametrize("settings", FLUSHING, ids=named)
def test_flushes_in_quick_succession_are_answered_in_order(settings: Settings) -> None:
    pair = Pair(settings)
    for number in range(1, 6):
        pair.client.send_audio(speech(number), now=0.0)
        pair.client.flush(f"{number}", now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.of(FlushDone) == [FlushDone(flush_id=f"{number}") for number in range(1, 6)]
    assert [text for text in pair.texts if text] == [
        word_of(speech(number)) for number in range(1, 6)
    ]
    assert pair.client.state is State.CLOSED


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_a_session_without_audio_finishes(settings: Settings) -> None:
    pair = Pair(settings)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.events[-1] == Finished()
    assert pair.of(Failed) == []


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_a_session_of_silence_finishes_without_words(settings: Settings) -> None:
    pair = opened(settings)
    pair.client.send_audio(bytes(4 * BATCH), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert [text for text in pair.texts if text] == []
    assert pair.client.state is State.CLOSED


def test_no_words_are_lost_between_segments_of_30_s() -> None:
    pair = opened(ElevenLabsSettings())
    for number in range(1, 701):
        pair.client.send_audio(speech(number), now=0.0)
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.engine.audio == b"".join(map(speech, range(1, 701)))
    assert " ".join(pair.texts).split() == [word_of(speech(n)) for n in range(1, 701)]
    assert len(pair.texts) == 3


def test_the_times_of_later_segments_count_from_the_first_audio() -> None:
    pair = opened(ScriptixSettings())
    assert pair.server
    pair.server.report(FinalText(text="", end_ms=1000))
    word = Word(text="late", start_ms=1500, end_ms=2000, confidence=0.5)
    pair.server.report(FinalText(text="late", words=(word,), end_ms=2000))
    pair.deliver_all()
    [final] = pair.of(FinalText)
    assert final == FinalText(text="late", words=(word,), start_ms=1500, end_ms=2000)


@pytest.mark.parametrize("settings", ALL, ids=named)
def test_the_failure_of_an_engine_is_a_service_error_with_its_text(settings: Settings) -> None:
    pair = opened(settings)
    assert pair.server
    pair.server.fail("the engine broke")
    pair.deliver_all()
    [failed] = pair.of(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ServiceError)
    assert "the engine broke" in str(failed.error)


@pytest.mark.parametrize("settings", WITH_TOKEN, ids=named)
def test_the_right_token_opens_the_session(settings: Settings) -> None:
    pair = Pair(settings, tokens=frozenset({"right"}))
    pair.deliver_all()
    assert pair.client.state is State.LISTENING


@pytest.mark.parametrize("settings", [*WITH_TOKEN, *ALL], ids=named)
def test_a_wrong_or_missing_token_is_an_authentication_error(settings: Settings) -> None:
    pair = Pair(settings, tokens=frozenset({"another"}))
    pair.deliver_all()
    [failed] = pair.of(Failed)
    assert isinstance(failed, Failed)
    assert type(failed.error) is AuthenticationError
    assert "right" not in str(failed.error)
    assert pair.client.state is State.ERROR


def test_ten_alternating_sessions_do_not_mix() -> None:
    pairs = [Pair(ALL[number % len(ALL)]) for number in range(10)]
    spoken: list[list[bytes]] = [[] for _ in pairs]
    numbers = count(1)
    for _ in range(6):
        for pair, pieces in zip(pairs, spoken, strict=True):
            pieces.append(speech(next(numbers)))
            pair.client.send_audio(pieces[-1], now=0.0)
        # Deliver one message of each pair in turn, until all messages are delivered.
        journeys = [pair.deliver() for pair in pairs]
        for _ in zip_longest(*journeys):
            pass
    for pair in pairs:
        pair.client.finish(now=0.0)
        pair.deliver_all()
    for pair, pieces in zip(pairs, spoken, strict=True):
        assert pair.engine.audio == b"".join(pieces)
        assert " ".join(pair.texts).split() == [word_of(piece) for piece in pieces]
        assert pair.client.state is State.CLOSED


@pytest.mark.parametrize("provider", ALL, ids=named)
@examples(thorough=60)
@given(data=st.data())
def test_no_audio_is_lost_with_any_pieces_and_pauses(
    provider: Settings, data: st.DataObject
) -> None:
    groups = data.draw(st.lists(st.lists(st.integers(1, 6000), max_size=4), max_size=6))
    pair = Pair(provider)
    numbers = count(1)
    pieces = []
    for group in groups:
        for size in group:
            pieces.append(speech(next(numbers), size=4 * size))
            pair.client.send_audio(pieces[-1], now=0.0)
        pair.deliver_all()
    pair.client.finish(now=0.0)
    pair.deliver_all()
    assert pair.engine.audio.startswith(b"".join(pieces))
    assert not any(pair.engine.audio[len(b"".join(pieces)) :])
    assert " ".join(pair.texts).split() == [word_of(piece) for piece in pieces]
    assert pair.client.state is State.CLOSED
