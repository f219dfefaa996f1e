"""The action that turns a recording into text."""

import io
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import probatio as vol
import pytest
from aiohttp import web
from homeassistant.components.media_source import MediaSource, MediaSourceItem, PlayMedia
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import mock_platform

from accounts import DOMAIN, KITCHEN, account, reauth_flows, set_up
from servers import Server
from speaking import SOUND, WORDS

StartWeb = Callable[[web.Application], Awaitable[Any]]


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16000)
        audio.writeframes(SOUND)
    return file.getvalue()


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """One that Home Assistant may read, with a recording and something else in it."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    (folder / "hello.wav").write_bytes(recording())
    (folder / "letter.txt").write_text("Dear Sir or Madam")
    (tmp_path / "secret.wav").write_bytes(recording())
    hass.config.allowlist_external_dirs = {str(folder)}
    hass.config.media_dirs = {"local": str(folder)}
    return folder


@pytest.fixture
async def website(aiohttp_server: StartWeb, socket_enabled: None) -> str:
    """Where a recording can be fetched."""

    async def hello(request: web.Request) -> web.Response:
        return web.Response(body=recording())

    app = web.Application()
    app.router.add_get("/hello.wav", hello)
    return str((await aiohttp_server(app)).make_url("/"))


async def transcribed(hass: HomeAssistant, **data: object) -> dict[str, Any]:
    data = {"entity_id": KITCHEN, **data}
    return await hass.services.async_call(
        DOMAIN, "transcribe", data, blocking=True, return_response=True
    )


async def test_a_file_becomes_text(hass: HomeAssistant, server: Server, folder: Path) -> None:
    entry = account(server)
    await set_up(hass, entry)

    response = await transcribed(hass, file=str(folder / "hello.wav"), language="en")

    assert response["text"] == WORDS
    assert response["language"] == "en"
    assert response["complete"]
    assert response["duration"] == 1.0
    assert " ".join(word["text"] for word in response["words"]) == WORDS
    assert entry.runtime_data.usage.utterances == 1


async def test_words_have_their_times_in_seconds(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server, "elevenlabs"))

    response = await transcribed(hass, file=str(folder / "hello.wav"))

    assert [word["start"] for word in response["words"]] == [0, 0.2, 0.4, 0.6, 0.8]
    assert [word["end"] for word in response["words"]] == [0.2, 0.4, 0.6, 0.8, 1.0]


async def test_a_file_must_be_one_that_home_assistant_may_read(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribed(hass, file=str(folder.parent / "secret.wav"))

    assert refused.value.translation_key == "file_not_allowed"


@pytest.mark.parametrize(
    ("name", "said"),
    [("nothing.wav", "No such file or directory"), ("letter.txt", "no audio")],
)
async def test_a_file_must_be_there_and_hold_audio(
    name: str, said: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as failed:
        await transcribed(hass, file=str(folder / name))

    assert failed.value.translation_key == "no_audio"
    assert said in failed.value.translation_placeholders["error"]
    assert not entry.runtime_data.usage.errors


async def test_a_recording_is_fetched(hass: HomeAssistant, server: Server, website: str) -> None:
    await set_up(hass, account(server))

    assert (await transcribed(hass, url=f"{website}hello.wav"))["text"] == WORDS


async def test_what_cannot_be_fetched_is_told_without_the_secrets_in_its_address(
    hass: HomeAssistant, server: Server, website: str
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(HomeAssistantError) as failed:
        await transcribed(hass, url=f"{website}gone.wav?password=hush")

    assert failed.value.translation_key == "no_audio"
    assert "127.0.0.1" in str(failed.value.translation_placeholders)
    assert "hush" not in str(failed.value.translation_placeholders)


async def test_media_of_this_machine_becomes_text(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {
        "media_content_id": "media-source://media_source/local/hello.wav",
        "media_content_type": "audio/x-wav",
    }

    assert (await transcribed(hass, media=media))["text"] == WORDS


class Radio(MediaSource):
    """Media that lies elsewhere."""

    def __init__(self, url: str) -> None:
        super().__init__("radio")
        self._url = url

    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        return PlayMedia(f"{self._url}{item.identifier}", "audio/x-wav")


@pytest.mark.parametrize("place", ["media-source://radio/", ""])
async def test_media_that_lies_elsewhere_is_fetched(
    place: str, hass: HomeAssistant, server: Server, website: str
) -> None:
    async def media_source(hass: HomeAssistant) -> MediaSource:
        return Radio(website)

    platform = type("Platform", (), {"async_get_media_source": staticmethod(media_source)})
    hass.config.components.add("radio")
    mock_platform(hass, "radio.media_source", platform)
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {
        "media_content_id": f"{place or website}hello.wav",
        "media_content_type": "audio/x-wav",
    }

    assert (await transcribed(hass, media=media))["text"] == WORDS


@pytest.mark.parametrize("name", ["media-source://nobody/x", "http://host:port/x"])
async def test_media_that_cannot_be_is_refused(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {"media_content_id": name, "media_content_type": "audio/x-wav"}

    with pytest.raises(ServiceValidationError) as refused:
        await transcribed(hass, media=media)

    assert refused.value.translation_key == "media_not_found"


async def test_the_entity_must_be_ours(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribed(hass, entity_id="stt.somebody", file=str(folder / "hello.wav"))

    assert refused.value.translation_key == "not_ours"
    assert refused.value.translation_placeholders == {"entity_id": "stt.somebody"}


@pytest.mark.parametrize("sources", [{}, {"file": "/a.wav", "url": "http://b.nl/c.wav"}])
async def test_exactly_one_recording_has_to_be_named(
    sources: dict[str, str], hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(vol.Invalid):
        await transcribed(hass, **sources)


async def test_a_service_that_fails_is_told_in_the_users_words(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))
    await server.go()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribed(hass, file=str(folder / "hello.wav"))

    assert failed.value.translation_domain == DOMAIN
    assert failed.value.translation_key == "cannot_connect"


async def test_a_token_that_is_withdrawn_is_asked_for_here_too(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await server.go()
    server.token = "an0ther"
    await server.start()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribed(hass, file=str(folder / "hello.wav"))

    assert failed.value.translation_key == "invalid_auth"
    assert reauth_flows(hass) == [entry.entry_id]
