"""The microphone of a browser, over real sockets."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from pages import SCRIPTED, browsing_page, page_config
from patience import PATIENCE_S
from recorded import recorded
from wyoming_bridge.app.recordings import new_store
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.local.engines.scripted import scripted_words

SPEECH = bytes([9, 3]) * 16_000
WORDS = " ".join(scripted_words(SPEECH))
BEGIN = {"profile": "scripted", "sample_rate_hz": 16000}


async def said(microphone: aiohttp.ClientWebSocketResponse, pcm: bytes) -> None:
    for start in range(0, len(pcm), 2048):
        await microphone.send_bytes(pcm[start : start + 2048])


async def test_speech_is_transcribed_shown_and_recorded(tmp_path: Path) -> None:
    config = page_config(tmp_path, records=True)
    async with (
        browsing_page(config) as (browser, _),
        browser.socket("live") as live,
        browser.socket("microphone") as microphone,
    ):
        await microphone.send_json(BEGIN)
        began = await microphone.receive_json(timeout=PATIENCE_S)
        await said(microphone, SPEECH)
        await microphone.send_str("end")
        assert await microphone.receive_json(timeout=PATIENCE_S) == {"kind": "ended"}
        message = {}
        while message.get("kind") != "end":
            message = await live.receive_json(timeout=PATIENCE_S)

    assert (message["id"], message["text"]) == (began["id"], WORDS)
    (kept,) = new_store(config).kept()
    assert (kept.id, kept.read().client, kept.read().via) == (began["id"], "127.0.0.1", "page")
    assert kept.read_audio() == SPEECH


async def test_silence_ends_the_utterance_although_the_button_is_held(tmp_path: Path) -> None:
    profile = Profile(name="scripted", backend=LocalBackend(engine="scripted"))
    async with (
        browsing_page(page_config(tmp_path, profiles=(profile,))) as (browser, _),
        browser.socket("microphone") as microphone,
    ):
        await microphone.send_json(BEGIN)
        await said(microphone, recorded("something") + bytes(64_000))

        messages = [await microphone.receive_json(timeout=PATIENCE_S) for _ in range(2)]
        assert [each["kind"] for each in messages] == ["began", "ended"]


async def test_a_microphone_of_another_rate_is_converted(tmp_path: Path) -> None:
    config = page_config(tmp_path, records=True)
    async with browsing_page(config) as (browser, _), browser.socket("microphone") as microphone:
        await microphone.send_json({"profile": "other", "sample_rate_hz": 48000})
        await said(microphone, SPEECH)
        await microphone.send_str("end")
        kinds = [(await microphone.receive_json(timeout=PATIENCE_S))["kind"] for _ in range(2)]

    assert kinds == ["began", "ended"]
    (kept,) = new_store(config).kept()
    assert kept.read().audio_ms == pytest.approx(333, abs=1)


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("{", "not JSON"),
        ('{"sample_rate_hz": 16000}', "profile must be a string"),
        ('{"profile": "scripted"}', "sample_rate_hz must be a number"),
        ('{"profile": "scripted", "sample_rate_hz": 1}', "sample rate must be 4000 to 192000 Hz"),
        ('{"profile": "none", "sample_rate_hz": 16000}', "no profile named 'none'"),
    ],
)
async def test_a_wrong_first_message_is_answered_with_what_is_allowed(
    first: str, problem: str, tmp_path: Path
) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        browser.socket("microphone") as microphone,
    ):
        await microphone.send_str(first)

        answer = await microphone.receive_json(timeout=PATIENCE_S)
        assert answer["kind"] == "failed"
        assert problem in answer["text"]
        assert (await microphone.receive(timeout=PATIENCE_S)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("begins", [True, False])
async def test_an_unexpected_message_ends_the_microphone(tmp_path: Path, *, begins: bool) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        browser.socket("microphone") as microphone,
    ):
        if begins:
            await microphone.send_json(BEGIN)
            await microphone.receive_json(timeout=PATIENCE_S)
            await microphone.send_str("stop")
        else:
            await microphone.send_bytes(SPEECH)

        answer = await microphone.receive_json(timeout=PATIENCE_S)
        assert answer["kind"] == "failed"
        assert "must be" in answer["text"]


async def test_a_closed_page_ends_its_utterance(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, _), browser.socket("live") as live:
        async with browser.socket("microphone") as microphone:
            await microphone.send_json(BEGIN)
            await said(microphone, SPEECH)
        message = {}
        while message.get("kind") != "end":
            message = await live.receive_json(timeout=PATIENCE_S)

    assert "before the end of the audio" in message["error"]


async def test_there_is_a_limit_of_microphones(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, profiles=(SCRIPTED,))) as (browser, _):
        microphones = [await browser.socket("microphone") for _ in range(8)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.socket("microphone")
        await asyncio.gather(*(each.close() for each in microphones))

    assert refused.value.status == 503
