"""The action that transcribes an audio file."""

import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from homeassistant.components.media_source import MediaSource, MediaSourceItem, PlayMedia
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import mock_platform

from accounts import SERVICES, account, set_up
from crafted import wav, with_id3
from encoded import encoded
from microphones import SOUND, WORDS
from recordings import recording, transcribe_recording
from servers import Server

StartWeb = Callable[[web.Application], Awaitable[Any]]


@pytest.fixture
async def website(aiohttp_server: StartWeb, socket_enabled: None) -> str:
    """Serve an audio file and a playlist over HTTP, and return the URL of the site."""

    async def hello(request: web.Request) -> web.Response:
        return web.Response(body=recording())

    async def playlist(request: web.Request) -> web.Response:
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", "hello.wav", "#EXT-X-ENDLIST"]
        return web.Response(text="\n".join(lines))

    app = web.Application()
    app.router.add_get("/hello.m3u8", playlist)
    app.router.add_get("/hello.wav", hello)
    return str((await aiohttp_server(app)).make_url("/"))


async def test_a_file_is_transcribed(hass: HomeAssistant, server: Server, folder: Path) -> None:
    entry = account(server)
    await set_up(hass, entry)

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"), language="en")

    assert response["text"] == WORDS
    assert response["language"] == "en"
    assert response["complete"]
    assert response["duration"] == 1.0
    assert len(response["utterance_id"]) == 8
    assert " ".join(word["text"] for word in response["words"]) == WORDS
    assert entry.runtime_data.usage["kitchen"].utterances == 1


@pytest.mark.parametrize("service", SERVICES)
async def test_the_language_of_the_entity_is_returned_if_the_service_detects_none(
    service: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server, service, language="en-GB"))

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert response["language"] in {"en", "en-GB"}


@pytest.mark.parametrize(
    "file",
    [
        wav(SOUND[:16_000]) + b"data" + struct.pack("<I", 16_000) + SOUND[16_000:],
        wav(SOUND * 12, channels=12, bytes_per_frame=24),
        wav(bytes(64_000), tag=3, bits=32, bytes_per_frame=4),
        with_id3(encoded(SOUND, "mp3", "libmp3lame"), picture=bytes(100_000)),
    ],
    ids=["two data chunks", "12 channels", "float", "mp3 with a cover picture"],
)
async def test_an_unusual_file_is_transcribed_whole(
    hass: HomeAssistant, server: Server, folder: Path, file: bytes
) -> None:
    await set_up(hass, account(server))
    await hass.async_add_executor_job((folder / "unusual").write_bytes, file)

    response = await transcribe_recording(hass, source=str(folder / "unusual"))

    assert response["complete"]
    assert response["duration"] == pytest.approx(1, abs=0.1)


async def test_words_have_their_times_in_seconds(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server, "elevenlabs"))

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert [word["start"] for word in response["words"]] == [0, 0.2, 0.4, 0.6, 0.8]
    assert [word["end"] for word in response["words"]] == [0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize("kind", ["file", "url", "media"])
async def test_the_source_can_be_chosen_by_its_kind(
    kind: str, *, hass: HomeAssistant, server: Server, folder: Path, website: str
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    values = {
        "file": f" {folder / 'hello.wav'} ",
        "url": f"{website}hello.wav",
        "media": {
            "media_content_id": "media-source://media_source/local/hello.wav",
            "media_content_type": "audio/x-wav",
        },
    }

    response = await transcribe_recording(hass, source={"active_choice": kind, **values})

    assert response["text"] == WORDS


async def test_each_targeted_entity_returns_its_response(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server), account(server, "elevenlabs", name="Hall"))

    responses = await hass.services.async_call(
        "wyoming_bridge",
        "transcribe",
        {"source": str(folder / "hello.wav")},
        target={"entity_id": ["stt.kitchen", "stt.hall"]},
        blocking=True,
        return_response=True,
    )

    assert {name: each["text"] for name, each in responses.items()} == {
        "stt.kitchen": WORDS,
        "stt.hall": WORDS,
    }


async def test_a_playlist_is_transcribed(hass: HomeAssistant, server: Server, website: str) -> None:
    await set_up(hass, account(server))

    assert (await transcribe_recording(hass, source=f"{website}hello.m3u8"))["text"] == WORDS


async def test_a_recording_is_downloaded(hass: HomeAssistant, server: Server, website: str) -> None:
    await set_up(hass, account(server))

    assert (await transcribe_recording(hass, source=f"{website}hello.wav"))["text"] == WORDS


async def test_an_error_of_a_download_does_not_show_the_secrets_in_its_url(
    hass: HomeAssistant, server: Server, website: str
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, source=f"{website}gone.wav?password=hush")

    assert failed.value.translation_key == "media_does_not_exist"
    assert failed.value.translation_placeholders["status"] == "404"
    assert "127.0.0.1" in failed.value.translation_placeholders["place"]
    assert "hush" not in str(failed.value.translation_placeholders)


async def test_local_media_is_transcribed(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {
        "media_content_id": "media-source://media_source/local/hello.wav",
        "media_content_type": "audio/x-wav",
    }

    assert (await transcribe_recording(hass, source=media))["text"] == WORDS


class Radio(MediaSource):
    """A media source with remote media."""

    def __init__(self, url: str) -> None:
        super().__init__("radio")
        self._url = url

    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        return PlayMedia(f"{self._url}{item.identifier}", "audio/x-wav")


@pytest.mark.parametrize("address", ["media-source://radio/", ""])
async def test_remote_media_is_downloaded(
    address: str, hass: HomeAssistant, server: Server, website: str
) -> None:
    async def media_source(hass: HomeAssistant) -> MediaSource:
        return Radio(website)

    platform = type("Platform", (), {"async_get_media_source": staticmethod(media_source)})
    hass.config.components.add("radio")
    mock_platform(hass, "radio.media_source", platform)
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {
        "media_content_id": f"{address or website}hello.wav",
        "media_content_type": "audio/x-wav",
    }

    assert (await transcribe_recording(hass, source=media))["text"] == WORDS
