"""The entity in an Assist pipeline, over the websocket API."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from accounts import KITCHEN, account, set_up
from microphones import CHUNK_BYTES, COMMAND, SOUND, WORDS, words_of
from patience import PATIENCE_S
from servers import Server


async def create_pipeline(client: MockHAClientWebSocket) -> str:
    await client.send_json_auto_id(
        {
            "type": "assist_pipeline/pipeline/create",
            "name": "Kitchen",
            "language": "en",
            "conversation_engine": "conversation.home_assistant",
            "conversation_language": "en",
            "stt_engine": KITCHEN,
            "stt_language": "en-GB",
            "tts_engine": None,
            "tts_language": None,
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
        }
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    return str(answer["result"]["id"])


async def test_a_pipeline_has_the_text_before_the_audio_ends(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, server: Server
) -> None:
    assert await async_setup_component(hass, "assist_pipeline", {})
    await set_up(hass, account(server))
    client = await hass_ws_client(hass)
    run = {
        "type": "assist_pipeline/run",
        "start_stage": "stt",
        "end_stage": "stt",
        "pipeline": await create_pipeline(client),
        "input": {"sample_rate": 16000},
    }

    async with asyncio.timeout(PATIENCE_S):
        await client.send_json_auto_id(run)
        assert (await client.receive_json())["success"]
        started = (await client.receive_json())["event"]
        assert (await client.receive_json())["event"]["type"] == "stt-start"
        handler = bytes([started["data"]["runner_data"]["stt_binary_handler_id"]])
        for start in range(0, len(COMMAND), CHUNK_BYTES):
            await client.send_bytes(handler + COMMAND[start : start + CHUNK_BYTES])
        event = (await client.receive_json())["event"]  # comes although the audio has not ended

    assert event["type"] == "stt-end"
    text = event["data"]["stt_output"]["text"]
    assert text.split()[:5] == words_of(COMMAND).split()[:5]


async def test_a_recording_is_transcribed_over_http(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    await set_up(hass, account(server))
    client = await hass_client()
    described = "format=wav; codec=pcm; sample_rate=16000; bit_rate=16; channel=1; language=en"

    answer = await client.post(
        f"/api/stt/{KITCHEN}", data=SOUND, headers={"X-Speech-Content": described}
    )

    assert await answer.json() == {"text": WORDS, "result": "success"}
