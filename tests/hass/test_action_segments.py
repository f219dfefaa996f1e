"""The segments, speakers and entities in the response of the action that transcribes."""

from pathlib import Path

from homeassistant.core import HomeAssistant

from accounts import account, set_up
from recordings import transcribe_recording
from saying_engine import SayingEngine
from servers import StartServer
from spoken_finals import ANN
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour


async def test_the_response_has_segments_with_their_speaker_and_entities(
    hass: HomeAssistant, start_server: StartServer, folder: Path
) -> None:
    behaviour = Behaviour(services=(ElevenLabsBehaviour(entities={"ben": "name"}),))
    server = await start_server(behaviour=behaviour, engine=SayingEngine(ANN))
    recognition = {"diarize": True, "entity_detection": ["all"]}
    await set_up(hass, account(server, "elevenlabs", recognition=recognition))

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert response["segments"] == [
        {
            "text": "call Ben",
            "start": 0,
            "end": 0.4,
            "speaker": "Ann",
            "entities": [{"text": "Ben", "kind": "name"}],
        }
    ]
    assert [word["speaker"] for word in response["words"]] == ["Ann", "Ann"]
