"""Each provider's client reports the speakers and entities that the service sends."""

from dataclasses import fields

import pytest

from emulators import service
from spoken_finals import ANN
from wyoming_bridge.events import Entity, FinalEnriched, FinalText, SessionEvent, Word
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.contract import ConnectRequest, HttpAnswer
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.providers.settings import Settings
from wyoming_bridge.testing.connector import server_request
from wyoming_bridge.transcriber.transcript import Transcript

BEN = FinalText(
    text="hello",
    words=(Word(text="hello", start_ms=600, end_ms=800, confidence=1.0),),
    start_ms=600,
    end_ms=800,
    speaker="Ben",
)
TELLING_SPEAKERS = [name for name, row in PROVIDERS.items() if row.capabilities.speakers]
BEN_AS_AN_ENTITY = Entity(text="Ben", kind="name", start_char=5, end_char=8)


def with_speakers(name: ProviderName) -> Settings:
    """Return settings with which the service distinguishes speakers."""
    settings = PROVIDERS[name].settings
    asked = {each.name for each in fields(settings)} & {"diarize"}
    return settings(**dict.fromkeys(asked, True))


def events_of(
    name: ProviderName, settings: Settings, *finals: FinalText, behaviour: Behaviour | None = None
) -> list[SessionEvent]:
    """Return the events that a client reports for final texts of the emulated service's engine."""
    client = new_client(settings)
    request = client.connect()
    assert isinstance(request, ConnectRequest)
    server = service(name, behaviour=behaviour)(server_request(request), 0.0)
    assert not isinstance(server, HttpAnswer)
    client.receive_open(now=0.0)
    server.open(now=0.0)

    def deliver() -> None:
        for message in client.messages_to_send():
            server.receive_message(message, now=0.0)
        for answer in server.messages_to_send():
            client.receive_message(answer, now=0.0)

    deliver()
    deliver()
    for final in finals:
        server.report(final)
        deliver()
    return client.events_received()


def transcript_of(events: list[SessionEvent]) -> Transcript:
    transcript = Transcript()
    for event in events:
        transcript.take(event)
    return transcript


@pytest.mark.parametrize("name", TELLING_SPEAKERS)
def test_each_word_has_its_speaker(name: ProviderName) -> None:
    transcript = transcript_of(events_of(name, with_speakers(name), ANN, BEN))

    assert transcript.text == "call Ben hello"
    call, ben, hello = (word for word in transcript.words if word.kind == "word")
    assert call.speaker is not None
    assert hello.speaker is not None
    assert call.speaker == ben.speaker != hello.speaker


@pytest.mark.parametrize(
    "name", [name for name in TELLING_SPEAKERS if name is not ProviderName.ELEVENLABS]
)
def test_a_final_has_the_speaker_of_its_words_if_the_service_names_one_per_segment(
    name: ProviderName,
) -> None:
    finals = [e for e in events_of(name, with_speakers(name), ANN, BEN) if isinstance(e, FinalText)]

    assert all(final.speaker for final in finals)
    assert [final.speaker for final in finals] == [final.words[0].speaker for final in finals]


@pytest.mark.parametrize("name", [ProviderName.ELEVENLABS, ProviderName.RESON8])
def test_without_the_setting_no_speaker_is_named(name: ProviderName) -> None:
    events = events_of(name, PROVIDERS[name].settings(), ANN)

    assert {final.speaker for final in events if isinstance(final, FinalText)} == {None}
    assert {word.speaker for word in transcript_of(events).words} == {None}


def test_entities_belong_to_the_final_that_they_were_found_in() -> None:
    events = events_of(
        ProviderName.ELEVENLABS,
        ElevenLabsSettings(entity_detection=("all",)),
        BEN,
        ANN,
        behaviour=Behaviour(services=(ElevenLabsBehaviour(entities={"ben": "name"}),)),
    )

    found = [e for e in events if isinstance(e, FinalEnriched) and e.entities]
    assert found == [FinalEnriched(segment=1, entities=(BEN_AS_AN_ENTITY,))]
    assert [segment.entities for segment in transcript_of(events).segments] == [
        (),
        (BEN_AS_AN_ENTITY,),
    ]
