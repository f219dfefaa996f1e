"""The entity where it is used: in a pipeline of Assist, over the websocket."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from accounts import KITCHEN, account, set_up
from servers import Server
from speaking import COMMAND, PIECE_BYTES, SOUND, WORDS, words_of


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


async def test_in_a_pipeline_the_text_is_there_before_the_audio_has_ended(
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

    async with asyncio.timeout(20):
        await client.send_json_auto_id(run)
        assert (await client.receive_json())["success"]
        started = (await client.receive_json())["event"]
        assert (await client.receive_json())["event"]["type"] == "stt-start"
        handler = bytes([started["data"]["runner_data"]["stt_binary_handler_id"]])
        for start in range(0, len(COMMAND), PIECE_BYTES):
            await client.send_bytes(handler + COMMAND[start : start + PIECE_BYTES])
        event = (await client.receive_json())["event"]  # nobody has said that the audio is over

    assert event["type"] == "stt-end"
    text = event["data"]["stt_output"]["text"]
    assert text.split()[:5] == words_of(COMMAND).split()[:5]


async def test_over_http_a_recording_becomes_text(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    await set_up(hass, account(server))
    client = await hass_client()
    described = "format=wav; codec=pcm; sample_rate=16000; bit_rate=16; channel=1; language=en"

    answer = await client.post(
        f"/api/stt/{KITCHEN}", data=SOUND, headers={"X-Speech-Content": described}
    )

    assert await answer.json() == {"text": WORDS, "result": "success"}
