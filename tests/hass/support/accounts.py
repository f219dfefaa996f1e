"""Stored accounts, and helpers that use their entities."""

from collections.abc import AsyncIterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from homeassistant.components import stt
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from bridges import Bridge
from custom_components.wyoming_bridge.bridge import ProviderName
from fakes import VllmFake
from microphones import Microphone
from servers import TOKEN, Server

DOMAIN: Final = "wyoming_bridge"
KITCHEN: Final = "stt.kitchen"

SERVICES: Final = tuple(name.value for name in ProviderName)

KINDS: Final = (*SERVICES, "bridge")
"""The keys of the fixture ``accounts``."""


def account(
    server: Server,
    service: str = "reson8",
    *,
    name: str = "Kitchen",
    token: str = TOKEN,
    subentry_id: str | None = None,
    protocol: str | None = None,
    version: int = 1,
    minor_version: int = 2,
    **stored: object,
) -> MockConfigEntry:
    """Return an account of a service with one entity; ``stored`` is the data of the entity."""
    data = {"provider": service, "token": token, "url": f"{server.url}/{protocol or service}"}
    if protocol:
        data["protocol"] = protocol
    return _entry(
        data,
        name=name,
        stored=stored,
        subentry_id=subentry_id,
        version=version,
        minor_version=minor_version,
    )


def vllm_account(server: VllmFake, **stored: object) -> MockConfigEntry:
    """Return an account of a vLLM server with one entity; ``stored`` is the data of the entity."""
    data = {"provider": "openai", "url": server.url, "model": "voxtral"}
    return _entry(data, name="Kitchen", stored=stored)


def bridge_account(
    bridge: Bridge,
    *,
    name: str = "Kitchen",
    port: int | None = None,
    token: str | None = None,
    profile: str = "offline",
    subentry_id: str | None = None,
    **stored: object,
) -> MockConfigEntry:
    """Return an account of a remote bridge, with one of its profiles as an entity."""
    data = {"provider": "bridge", "host": bridge.host, "port": port or bridge.port}
    if token:
        data["token"] = token
    stored = {"profile": profile, **stored}
    return _entry(data, name=name, stored=stored, subentry_id=subentry_id)


def _entry(
    data: Mapping[str, Any],
    *,
    name: str,
    stored: Mapping[str, Any],
    subentry_id: str | None = None,
    version: int = 1,
    minor_version: int = 2,
) -> MockConfigEntry:
    first = ConfigSubentryDataWithId(
        data=stored,
        subentry_id=subentry_id or name.lower(),
        subentry_type="stt",
        title=name,
        unique_id=None,
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"{name} account",
        entry_id=f"{name.lower()}-account",
        version=version,
        minor_version=minor_version,
        data=data,
        subentries_data=[first],
    )


async def set_up(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Add accounts and set them up, one after the other."""
    for entry in entries:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def add_entity(
    hass: HomeAssistant, entry: MockConfigEntry, name: str, **stored: object
) -> None:
    """Add an entity with this data to an account. Home Assistant then reloads the account."""
    added = ConfigSubentry(
        data=MappingProxyType(stored), subentry_type="stt", title=name, unique_id=None
    )
    hass.config_entries.async_add_subentry(entry, added)
    await hass.async_block_till_done()


async def set_up_enabled(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Add an account, and enable the entities that are disabled by default."""
    await set_up(hass, entry)
    registry = er.async_get(hass)
    for each in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(each.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


def engine(hass: HomeAssistant, entity_id: str = KITCHEN) -> stt.SpeechToTextEntity:
    """Return a speech-to-text entity."""
    found = stt.async_get_speech_to_text_entity(hass, entity_id)
    assert found, f"no {entity_id} among {hass.states.async_entity_ids()}"
    return found


def metadata(language: str = "en") -> stt.SpeechMetadata:
    """Return the metadata that Assist sends with the audio."""
    return stt.SpeechMetadata(
        language=language,
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
        channel=stt.AudioChannels.CHANNEL_MONO,
    )


async def transcribe(
    hass: HomeAssistant,
    stream: AsyncIterable[bytes] | None = None,
    *,
    entity_id: str = KITCHEN,
    language: str = "en",
) -> stt.SpeechResult:
    """Transcribe an utterance with an entity; by default one second of noise."""
    stream = stream or Microphone().stream()
    result = await engine(hass, entity_id).async_process_audio_stream(metadata(language), stream)
    await hass.async_block_till_done()
    return result


def reauth_flows(hass: HomeAssistant) -> list[str]:
    """Return the entries for which Home Assistant asks for a new token."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [each["context"]["entry_id"] for each in flows if each["context"]["source"] == "reauth"]
