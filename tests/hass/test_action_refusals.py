"""Calls of the action ``transcribe`` that fail, and what the user sees."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, SERVICES, account, reauth_flows, set_up, transcribe
from microphones import WORDS
from patience import PATIENCE_S
from recordings import transcribe_recording
from servers import Server

WITHOUT_KLINGON = ["reson8", "bridge"]
"""The accounts that do not support Klingon. The engine of the bridge supports only English."""


async def test_a_file_must_be_one_that_home_assistant_may_read(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, source=str(folder.parent / "secret.wav"))

    assert refused.value.translation_key == "file_not_allowed"


@pytest.mark.parametrize(
    ("name", "key"),
    [("nothing.wav", "no_such_file"), ("letter.txt", "media_unsupported_format")],
)
async def test_a_file_must_exist_and_contain_audio(
    name: str, key: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, source=str(folder / name))

    assert failed.value.translation_key == key
    assert str(folder / name) in failed.value.translation_placeholders.values()
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
            await transcribe_recording(hass, source=str(pipe))

    assert refused.value.translation_key == "no_such_file"
    assert refused.value.translation_placeholders == {"file": str(pipe)}
    assert not entry.runtime_data.usage["kitchen"].errors


@pytest.mark.usefixtures("pipe")
@pytest.mark.parametrize("name", ["pipe.wav", ""])
async def test_a_pipe_or_a_folder_is_not_a_file(
    name: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, source=str(folder / name))

    assert refused.value.translation_key == "no_such_file"


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

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, source=media)

    assert refused.value.translation_domain == DOMAIN
    assert refused.value.translation_key in {"unknown_media", "media_invalid_url"}


@pytest.mark.parametrize(
    ("kind", "language", "key", "message"),
    [
        *(
            (kind, "klingon", "invalid_language", "such as nl or nl-BE, got 'klingon'")
            for kind in SERVICES
        ),
        ("reson8", "tlh", "session_refused", "language: must be one or several of de, en"),
        *(
            ("bridge", language, "invalid_request", f"does not know '{language}'; available: en")
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

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, source=str(folder / "hello.wav"), language=language)

    assert refused.value.translation_key == key
    assert message in str(refused.value)
    assert not issue_registry.issues
    assert not reauth_flows(hass)
    assert not entry.runtime_data.usage["kitchen"].errors
    assert (await transcribe(hass)).text == WORDS


@pytest.mark.parametrize("language", [7, True, 0.5, None, [], ["en"], {}, {"language": "en"}])
async def test_a_language_of_another_kind_is_refused(
    language: object, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, source=str(folder / "hello.wav"), language=language)

    assert refused.value.translation_key == "invalid_language"
    assert refused.value.translation_placeholders["value"] == repr(language)
    assert not entry.runtime_data.usage["kitchen"].errors


@pytest.mark.parametrize("language", ["", " ", "\t\n"])
async def test_a_blank_language_is_that_of_the_entity(
    language: str, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server, language="en"))

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"), language=language)

    assert response["text"] == WORDS


@pytest.mark.parametrize("kind", WITHOUT_KLINGON)
async def test_an_unsupported_language_is_named(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry], folder: Path
) -> None:
    await set_up(hass, accounts[kind])

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, source=str(folder / "hello.wav"), language="tlh")

    assert "tlh" in str(refused.value)


async def test_a_language_that_only_a_fallback_supports_creates_no_issue(
    hass: HomeAssistant, server: Server, folder: Path, issue_registry: ir.IssueRegistry
) -> None:
    hall = account(server, "elevenlabs", name="Hall")
    await set_up(hass, hall, account(server, limits={"fallback": ["hall"]}))

    response = await transcribe_recording(hass, source=str(folder / "hello.wav"), language="tlh")

    assert response["text"] == WORDS
    assert not issue_registry.issues


async def test_the_entity_must_be_of_this_integration(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(HomeAssistantError, match="did not match any entities"):
        await transcribe_recording(hass, entity_id="stt.somebody", source=str(folder / "hello.wav"))


MEDIA = {"media_content_id": "", "media_content_type": "audio/x-wav"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        *(
            {"source": source}
            for source in (
                *("", "  ", None, 7, True, [], ["/media/a.wav"], {}, {"file": "/media/a.wav"}),
                *(MEDIA, MEDIA | {"media_content_id": " "}, MEDIA | {"media_content_id": 7}),
                *({"active_choice": kind} for kind in ("media", "file", "url", "", None, [], 7)),
                *({"active_choice": kind, kind: " "} for kind in ("media", "file", "url")),
                *({"active_choice": kind, kind: 7} for kind in ("media", "file", "url")),
                *({"active_choice": kind, kind: MEDIA} for kind in ("media", "file", "url")),
                {"active_choice": "radio", "radio": "http://127.0.0.1/a.mp3"},
                {"active_choice": "file", "url": "http://127.0.0.1/a.mp3"},
            )
        ),
    ],
    ids=str,
)
async def test_a_source_that_names_no_recording_is_refused(
    data: dict[str, Any], hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await transcribe_recording(hass, **data)

    assert (refused.value.translation_domain, refused.value.translation_key) == (
        DOMAIN,
        "no_source",
    )


@pytest.mark.parametrize(
    ("source", "key", "place"),
    [
        ("relative.wav", "file_not_allowed", "relative.wav"),
        ("/etc/passwd", "file_not_allowed", "/etc/passwd"),
        ("/nothing\0.wav", "file_not_allowed", "/nothing\0.wav"),
        (f"/{'x' * 5000}.wav", "file_not_allowed", f"/{'x' * 5000}.wav"),
        ("ftp://127.0.0.1/a.wav", "file_not_allowed", "ftp://127.0.0.1/a.wav"),
        (
            {"active_choice": "url", "url": "ftp://127.0.0.1/a.wav"},
            "media_invalid_url",
            "127.0.0.1/a.wav",
        ),
        ({"active_choice": "url", "url": "no address"}, "media_invalid_url", "no address"),
        ("http://", "media_invalid_url", "audio_unavailable"),
        ("http://me:secret@127.0.0.1/a.wav", "media_invalid_url", "127.0.0.1/a.wav"),
        ("http://127.0.0.1:1/a.wav?key=secret", "media_unreachable", "127.0.0.1:1/a.wav"),
    ],
    ids=lambda each: str(each)[:40],
)
async def test_a_recording_that_cannot_be_read_is_refused_with_the_reason(
    source: object, key: str, place: str, *, hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(HomeAssistantError) as refused:
        await transcribe_recording(hass, source=source)

    assert (refused.value.translation_domain, refused.value.translation_key) == (DOMAIN, key)
    assert place in refused.value.translation_placeholders.values()
    assert "secret" not in f"{refused.value} {refused.value.translation_placeholders}"
    assert not entry.runtime_data.usage["kitchen"].errors


async def test_a_file_that_cannot_be_read_to_its_end_is_named_with_the_reason(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    memory = f"/proc/{os.getpid()}/mem"  # it can be opened, but its first bytes cannot be read
    hass.config.allowlist_external_dirs = {str(Path(memory).parent)}

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, source=memory)

    assert failed.value.translation_key == "path_unusable"
    assert failed.value.translation_placeholders is not None
    assert failed.value.translation_placeholders["path"] == memory
    assert failed.value.translation_placeholders["reason"] == "EIO"
    assert not entry.runtime_data.usage["kitchen"].errors


async def test_a_failure_of_the_service_has_a_translated_message(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    await set_up(hass, account(server))
    await server.pause()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert failed.value.translation_domain == DOMAIN
    assert failed.value.translation_key == "connection_refused"


async def test_a_revoked_token_starts_a_reauthentication(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    with pytest.raises(HomeAssistantError) as failed:
        await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert failed.value.translation_key == "token_refused"
    assert reauth_flows(hass) == [entry.entry_id]
