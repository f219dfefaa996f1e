"""Streaming speech-to-text: one entity a subentry."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, override

from homeassistant.components import stt
from homeassistant.components.stt.models import SpeechAudioProcessing
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bridge import BridgeError, RequestOptions, Result, Revision
from .const import (
    CONF_HOME_NAMES,
    CONF_TERMS,
    SECTION_BIAS,
)
from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .home_names import HomeNames
from .transcripts import Transcript, signal_of

PARALLEL_UPDATES = 0  # each utterance has a session of its own

_PARTIAL: Final[Callable[..., object] | None] = getattr(stt, "PartialSpeechResult", None)
"""Home Assistant has it since 2026.11."""

_ERROR: Final = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the entities of an account."""
    add_to_subentries(entry, async_add_entities, BridgeSpeechToText)


class BridgeSpeechToText(SubentryEntity, stt.SpeechToTextEntity):
    """Gives the text as soon as the utterance is over, before the stream has ended."""

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self._language = subentry.data.get(CONF_LANGUAGE)
        """The one that is spoken, where it is fixed: by a fallback too."""
        bias = subentry.data.get(SECTION_BIAS, {})
        self._terms = tuple(bias.get(CONF_TERMS, ()))
        self._home_names = HomeNames(coordinator.hass) if bias.get(CONF_HOME_NAMES) else None
        self._attr_name = None  # it is what its device is for
        self._attr_unique_id = subentry.subentry_id

    @override
    async def async_added_to_hass(self) -> None:
        """Keep the names of the house fresh, where they are wanted."""
        await super().async_added_to_hass()
        if self._home_names:
            self.async_on_remove(self._home_names.async_watch())

    @property
    @override
    def available(self) -> bool:
        """Whether an utterance would be heard, by whomever."""
        return super().available or self.coordinator.service.has_fallback(self.subentry_id)

    @property
    @override
    def supported_languages(self) -> list[str]:
        """With and without regions: Home Assistant compares letter by letter."""
        return self.coordinator.service.languages(self.subentry_id)

    @property
    @override
    def supported_formats(self) -> list[stt.AudioFormats]:
        """What Assist sends."""
        return [stt.AudioFormats.WAV]

    @property
    @override
    def supported_codecs(self) -> list[stt.AudioCodecs]:
        """What Assist sends."""
        return [stt.AudioCodecs.PCM]

    @property
    @override
    def supported_bit_rates(self) -> list[stt.AudioBitRates]:
        """What Assist sends."""
        return [stt.AudioBitRates.BITRATE_16]

    @property
    @override
    def supported_sample_rates(self) -> list[stt.AudioSampleRates]:
        """What Assist sends."""
        return [stt.AudioSampleRates.SAMPLERATE_16000]

    @property
    @override
    def supported_channels(self) -> list[stt.AudioChannels]:
        """What Assist sends."""
        return [stt.AudioChannels.CHANNEL_MONO]

    @property
    @override
    def audio_processing(self) -> SpeechAudioProcessing:
        """As it is set now; the services are trained on what microphones deliver."""
        return SpeechAudioProcessing(
            requires_external_vad=self.coordinator.service.requires_external_vad(self.subentry_id),
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Transcribe an utterance; the whole of it, for Home Assistant before 2026.11."""
        async with aclosing(self._updates(metadata, stream)) as updates:
            async for update in updates:
                if isinstance(update, Result):
                    return stt.SpeechResult(update.text, stt.SpeechResultState.SUCCESS)
        return _ERROR

    async def async_process_audio_stream_with_progress(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Any]:  # of types that Home Assistant 2026.10 lacks
        """Transcribe an utterance; the transcript as it grows, then the whole of it."""
        async with aclosing(self._updates(metadata, stream)) as updates:
            async for update in updates:
                if isinstance(update, Result):
                    yield stt.SpeechResult(update.text, stt.SpeechResultState.SUCCESS)
                    return
                if _PARTIAL:
                    yield _PARTIAL(text=update.text)
        yield _ERROR

    def transcribe(
        self, audio: AsyncIterable[bytes], options: RequestOptions
    ) -> AsyncGenerator[Revision | Result]:
        """Hear audio with the terms that are set. Raises ``BridgeError``."""
        terms = self._terms + (self._home_names.names() if self._home_names else ())
        return self.coordinator.service.transcribe(
            self.subentry_id,
            audio,
            replace(options, language=options.language or self._language, terms=terms),
        )

    async def _updates(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Revision | Result]:
        """Revisions, then a result; no result where there is none, and whoever must act is told."""
        options = RequestOptions(language=self._language or metadata.language)
        try:
            async with aclosing(self.transcribe(stream, options)) as updates:
                async for update in updates:
                    # The text goes first: who shows and counts it can wait.
                    self.hass.loop.call_soon(self._tell, update)
                    yield update
        except BridgeError as error:
            self.hass.loop.call_soon(self._tell, error)
        finally:
            # Whoever returns before the stream's end has to close it.
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _tell(self, happened: Revision | Result | BridgeError) -> None:
        """Tell what happened to whoever shows it, counts it or has to act."""
        match happened:
            case Result():
                self.coordinator.succeeded(self.subentry_id, happened)
            case BridgeError():
                self.coordinator.failed(self.subentry_id, happened)
            case _:
                pass
        async_dispatcher_send(self.hass, signal_of(self.subentry_id), Transcript.of(happened))
