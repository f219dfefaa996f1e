"""Calls of the action that fail, and what the user sees."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import probatio as vol
import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, SERVICES, account, reauth_flows, set_up, transcribe
from microphones import WORDS
from patience import PATIENCE_S
from recordings import transcribe_recording
from servers import Server

WITHOUT_KLINGON = ["reson8", "bridge"]
"""The services that do not know Klingon; the bridge uses the scripted engine."""


async def test_a_file_must_be_one_that_home_assistant_may_read(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, file=str(folder.parent / "secret.wav"))

    assert refused.value.translation_key == "file_not_allowed"


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing.wav", "No such file or directory"), ("letter.txt", "not audio")],
)
async def test_a_file_must_exist_and_contain_audio(
    name: str, message: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, file=str(folder / name))

    assert failed.value.translation_key == "no_audio"
    assert message in failed.value.translation_placeholders["error"]
    assert not entry.runtime_data.usage["kitchen"].errors


@pytest.fixture
def pipe(folder: Path) -> Iterator[Path]:
    """Create a named pipe; opening it would block until another process writes to it."""
    pipe = folder / "pipe.wav"
    os.mkfifo(pipe)
    yield pipe
    os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # unblocks a waiting reader


async def test_a_named_pipe_does_not_block(hass: HomeAssistant, server: Server, pipe: Path) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as refused:
        async with asyncio.timeout(PATIENCE_S):
            await transcribe_recording(hass, file=str(pipe))

    assert refused.value.translation_key == "no_audio"
    assert str(pipe) in refused.value.translation_placeholders["error"]
    assert not entry.runtime_data.usage["kitchen"].errors


@pytest.mark.usefixtures("pipe")
@pytest.mark.parametrize("name", ["pipe.wav", ""])
async def test_a_pipe_or_a_folder_is_not_reported_as_missing(
    name: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, file=str(folder / name))

    assert refused.value.translation_key == "no_audio"
    assert "No such file" not in refused.value.translation_placeholders["error"]


@pytest.mark.parametrize(
    "name",
    [
        "hello",
        "hello.wav",
        "ftp://host/x.wav",
        "file:///etc/passwd",
        "http://",
        "http://host:port/x",
        "http://[::1",
        "media-source://",
        "media-source://nobody/x",
        "media-source://media_source",
        "media-source://media_source/local",
        "media-source://media_source/local/../secret.wav",
    ],
)
@pytest.mark.usefixtures("folder")
async def test_invalid_media_is_refused_by_name(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await set_up(hass, account(server))
    media = {"media_content_id": name, "media_content_type": "audio/x-wav"}

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, media=media)

    assert refused.value.translation_domain == DOMAIN
    assert refused.value.translation_key == "media_not_found"
    assert refused.value.translation_placeholders == {"media": name}


async def test_media_without_a_name_is_refused(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server))
    media = {"media_content_id": "", "media_content_type": "audio/x-wav"}

    with pytest.raises((vol.Invalid, ServiceValidationError)):
        await transcribe_recording(hass, media=media)


@pytest.mark.parametrize(
    ("kind", "language", "key", "message"),
    [
        *(
            (kind, "klingon", "invalid_setting", "such as nl or nl-BE, got 'klingon'")
            for kind in SERVICES
        ),
        ("reson8", "tlh", "refused", "language: must be one or several of de, en"),
        *(
            ("bridge", language, "invalid_setting", f"does not know '{language}'; available: en")
            for language in ("klingon", "tlh")
        ),
    ],
)
async def test_an_invalid_language_is_refused_and_creates_no_issue(
    kind: str,
    language: str,
    key: str,
    message: str,
    hass: HomeAssistant,
    *,
    accounts: Mapping[str, MockConfigEntry],
    folder: Path,
    issue_registry: ir.IssueRegistry,
) -> None:
    entry = accounts[kind]
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, file=str(folder / "hello.wav"), language=language)

    assert refused.value.translation_key == key
    assert message in refused.value.translation_placeholders["error"]
    assert not issue_registry.issues
    assert not reauth_flows(hass)
    assert not entry.runtime_data.usage["kitchen"].errors
    assert (await transcribe(hass)).text == WORDS


@pytest.mark.parametrize("kind", WITHOUT_KLINGON)
async def test_an_unsupported_language_is_named(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry], folder: Path
) -> None:
    await set_up(hass, accounts[kind])

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, file=str(folder / "hello.wav"), language="tlh")

    assert "tlh" in refused.value.translation_placeholders["error"]


async def test_a_language_that_only_a_fallback_supports_creates_no_issue(
    hass: HomeAssistant, server: Server, folder: Path, issue_registry: ir.IssueRegistry
) -> None:
    hall = account(server, "elevenlabs", name="Hall")
    await set_up(hass, hall, account(server, limits={"fallback": ["hall"]}))

    response = await transcribe_recording(hass, file=str(folder / "hello.wav"), language="tlh")

    assert response["text"] == WORDS
    assert not issue_registry.issues


async def test_the_entity_must_be_of_this_integration(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, entity_id="stt.somebody", file=str(folder / "hello.wav"))

    assert refused.value.translation_key == "wrong_entity"
    assert refused.value.translation_placeholders == {"entity_id": "stt.somebody"}


@pytest.mark.parametrize("sources", [{}, {"file": "/a.wav", "url": "http://b.nl/c.wav"}])
async def test_exactly_one_recording_must_be_given(
    sources: dict[str, str], hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(vol.Invalid):
        await transcribe_recording(hass, **sources)


async def test_a_failure_of_the_service_has_a_translated_message(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))
    await server.pause()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, file=str(folder / "hello.wav"))

    assert failed.value.translation_domain == DOMAIN
    assert failed.value.translation_key == "cannot_connect"


async def test_a_revoked_token_starts_a_reauthentication(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, file=str(folder / "hello.wav"))

    assert failed.value.translation_key == "invalid_auth"
    assert reauth_flows(hass) == [entry.entry_id]
