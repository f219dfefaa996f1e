"""A session with a fake Speaches server. The client has to resample the audio for it."""

from dialect_doubles import SpeachesDouble
from sessions import SessionEvents, noise, running, speak
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.events import Failed, FinalText, Finished, FlushDone, SessionStarted, Warned
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.session import RealtimeSession
from wyoming_bridge.testing import FakeConnector

SETTINGS = OpenAISettings(url="ws://127.0.0.1", model="whisper")


async def test_the_texts_are_in_the_order_of_the_audio_and_no_audio_is_missing() -> None:
    doubles: list[SpeachesDouble] = []

    def accept(_request: ServerRequest, _now: float) -> SpeachesDouble:
        doubles.append(SpeachesDouble())
        return doubles[-1]

    received = SessionEvents()
    session = RealtimeSession(
        client=new_client(SETTINGS),
        connector=FakeConnector(accept),
        provider="openai",
        on_event=received,
    )
    pieces = [noise(seed, words=2 + seed) for seed in (1, 2, 3)]
    async with running(session):
        await received.first(SessionStarted)
        for number, pcm in enumerate(pieces):
            speak(session, pcm)
            session.flush(str(number))
        session.finish()

    [double] = doubles
    lengths = [len(final.text.split()) for final in received.all(FinalText)]
    assert lengths == [3, 4, 5]  # one word per 200 ms
    assert [done.flush_id for done in received.all(FlushDone)] == ["0", "1", "2"]
    assert received.events[-1] == Finished()
    assert received.all(Failed) == received.all(Warned) == []
    spoken_ms = sum(PCM_16K_MONO.duration_ms(len(pcm)) for pcm in pieces)
    assert double.heard_ms == spoken_ms
