"""The emulator of Reson8 on a socket: upgrades, and audio formats."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from reson8_callers import MODELS, SPEECH, flushed, opening, serving_reson8
from serving import KEY
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words


class TestSocket:
    async def test_a_browser_gets_the_selected_protocol_and_not_the_token(self) -> None:
        async with serving_reson8() as server, opening(server, offer=["bearer", KEY]) as socket:
            assert socket.subprotocol == "bearer"
            assert socket.response
            assert KEY not in str(socket.response.headers)
            await socket.send(SPEECH)
            assert await flushed(socket) == [
                {"type": "transcript", "text": " ".join(scripted_words(SPEECH))},
                {"type": "flush_confirmation", "id": "abc123"},
            ]

    async def test_a_refused_upgrade_carries_status_header_and_code(self) -> None:
        key = {"Authorization": f"ApiKey {KEY}"}
        async with serving_reson8() as server:
            for headers, query, status, code in (
                ({}, {}, 401, "UNAUTHORIZED"),
                (key, {"encoding": "mp3"}, 400, "INVALID_REQUEST"),
                (key, {"custom_model_id": "garage"}, 404, "NOT_FOUND"),
            ):
                with pytest.raises(InvalidStatus) as caught:
                    await opening(server, headers=headers, **query)
                response = caught.value.response
                assert response.status_code == status
                assert response.headers["X-Error-Message"]
                assert json.loads(bytes(response.body))["code"] == code

    async def test_every_requested_field_is_sent(self) -> None:
        flags = ("timestamps", "words", "confidence", "interim", "language")
        query = {f"include_{flag}": "true" for flag in flags} | {"diarize": "true"}
        async with serving_reson8(tokens=()) as server, opening(server, **query) as socket:
            await socket.send(SPEECH[:12800])
            *interims, final, _ = await flushed(socket)
        assert {interim["is_final"] for interim in interims} == {False}
        word = scripted_words(SPEECH[:6400])[0]
        times = {"duration_ms": 200, "confidence": 1.0}
        assert final == {
            "type": "transcript",
            "text": f"{word} {word}",
            "is_final": True,
            "start_ms": 0,
            "duration_ms": 400,
            "language": "en",
            "speaker_id": 0,
            "words": [{"text": word, "start_ms": start, **times} for start in (0, 200)],
        }

    async def test_a_model_biases_the_engine(self) -> None:
        pcm = b"".join(bytes([number]) * 6400 for number in range(1, 40))
        async with serving_reson8(tokens=()) as server:
            async with opening(server, custom_model_id="kitchen") as socket:
                await socket.send(pcm)
                biased, _ = await flushed(socket)
            async with opening(server) as socket:
                await socket.send(pcm)
                plain, _ = await flushed(socket)
        assert biased["text"] == " ".join(scripted_words(pcm, bias_terms=MODELS["kitchen"]))
        assert plain["text"] == " ".join(scripted_words(pcm))
        assert "dishwasher" in str(biased["text"]).split()

    async def test_an_engine_that_is_busy_is_too_many_requests(self) -> None:
        engine = ScriptedEngine(max_voices=1)
        async with serving_reson8(engine, tokens=()) as server, opening(server) as first:
            await first.send(SPEECH)
            await flushed(first)
            async with opening(server) as second:
                await second.send(SPEECH)
                error = json.loads(await second.recv())
                assert (error["type"], error["code"]) == ("error", "TOO_MANY_REQUESTS")
                await second.wait_closed()
                assert second.close_code == 1011

    async def test_mulaw_in_two_channels_is_recognised(self) -> None:
        async with serving_reson8(tokens=()) as server:
            query = {"encoding": "mulaw", "sample_rate": "8000", "channels": "2"}
            async with opening(server, include_timestamps="true", **query) as socket:
                await socket.send(bytes(range(256)) * 125)  # 2 s
                final, _ = await flushed(socket)
        assert final["duration_ms"] == pytest.approx(2000, abs=1)
