"""Streaming speech-to-text entities: one per subentry."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Final, override

from homeassistant.components import stt
from homeassistant.components.stt.models import SpeechAudioProcessing
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started

from .bridge import (
    BridgeError,
    Observe,
    RequestOptions,
    Result,
    Revision,
    Via,
    new_utterance_id,
)
from .conversation_agent import async_understands
from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .house import HOUSE, terms_of
from .transcripts import TranscriptUpdate, transcript_signal

PARALLEL_UPDATES = 0  # no limit: each utterance has a session of its own

_PARTIAL: Final[Callable[..., object] | None] = getattr(stt, "PartialSpeechResult", None)
"""New in Home Assistant 2026.11; None in older versions."""

_ERROR: Final = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the entities of an account."""
    add_to_subentries(entry, async_add_entities, lambda *each: [BridgeSpeechToText(*each)])


class BridgeSpeechToText(SubentryEntity, stt.SpeechToTextEntity):
    """A speech-to-text entity. It returns the text as soon as the utterance ends.

    The audio stream may go on after that.
    """

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self.own_language = subentry.data.get(CONF_LANGUAGE)
        """The language of this entity and its fallbacks; None to use the pipeline's language."""
        self._house = coordinator.hass.data[HOUSE]
        self._attr_name = None  # the main feature of its device, so it has the device's name
        self._attr_unique_id = subentry.subentry_id

    @override
    async def async_added_to_hass(self) -> None:
        """Build the commands of the house as soon as Home Assistant has set up all entities."""
        await super().async_added_to_hass()
        self.async_on_remove(async_at_started(self.hass, self._prepare))

    @callback
    def _prepare(self, _: HomeAssistant) -> None:
        service = self.coordinator.service
        if service.uses_house(self.subentry_id, None):
            service.prepare(self._house.async_house(self.own_language))

    @property
    @override
    def available(self) -> bool:
        """Return whether this entity or a fallback can transcribe."""
        return self.coordinator.is_available(self.subentry_id)

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return languages with and without regions: Home Assistant compares them exactly."""
        return self.coordinator.service.languages(self.subentry_id)

    @property
    @override
    def supported_formats(self) -> list[stt.AudioFormats]:
        """Return the only format that Assist sends."""
        return [stt.AudioFormats.WAV]

    @property
    @override
    def supported_codecs(self) -> list[stt.AudioCodecs]:
        """Return the only codec that Assist sends."""
        return [stt.AudioCodecs.PCM]

    @property
    @override
    def supported_bit_rates(self) -> list[stt.AudioBitRates]:
        """Return the only bit rate that Assist sends."""
        return [stt.AudioBitRates.BITRATE_16]

    @property
    @override
    def supported_sample_rates(self) -> list[stt.AudioSampleRates]:
        """Return the only sample rate that Assist sends."""
        return [stt.AudioSampleRates.SAMPLERATE_16000]

    @property
    @override
    def supported_channels(self) -> list[stt.AudioChannels]:
        """Return the only number of channels that Assist sends."""
        return [stt.AudioChannels.CHANNEL_MONO]

    @property
    @override
    def audio_processing(self) -> SpeechAudioProcessing:
        """Return the requested processing: none, because the services are trained on raw audio."""
        return SpeechAudioProcessing(
            requires_external_vad=self.coordinator.service.requires_external_vad(self.subentry_id),
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return the transcript of an utterance, for Home Assistant before 2026.11."""
        async with aclosing(self._updates(metadata, stream)) as updates:
            async for update in updates:
                if isinstance(update, Result):
                    return stt.SpeechResult(update.text, stt.SpeechResultState.SUCCESS)
        return _ERROR

    async def async_process_audio_stream_with_progress(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Any]:  # ``Any``, because Home Assistant 2026.10 lacks one of the types
        """Yield partial results while the utterance lasts, then the result.

        A partial result contains everything that one speaker has said so far.
        """
        shown: dict[str | None, str] = {}
        async with aclosing(self._updates(metadata, stream)) as updates:
            async for update in updates:
                if isinstance(update, Result):
                    yield stt.SpeechResult(update.text, stt.SpeechResultState.SUCCESS)
                    return
                for speaker, text in _changes(shown, update):
                    shown[speaker] = text
                    if _PARTIAL:
                        yield _PARTIAL(text=text, speaker_id=speaker)
        yield _ERROR

    def transcribe(
        self,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe audio with the terms of this entity, and with the house if it is used.

        If ``options`` contains a house or terms, they are from a recording, and replace the names
        that the home has now. ``observe`` returns the observers of the utterance, such as a
        recorder.

        Raises:
            BridgeError: There is no result.
        """
        language = options.language or self.own_language
        names = self._house.names(options.house) if options.house else options.terms
        service = self.coordinator.service
        if service.uses_house(self.subentry_id, options.endpointing):
            house = options.house or self._house.async_house(language)
            understands = partial(
                async_understands, hass=self.hass, language=language or house.language
            )
            options = replace(options, house=house, understands=understands)
        return service.transcribe(
            self.subentry_id,
            audio,
            replace(
                options,
                language=language,
                terms=terms_of(self.subentry, self._house, language=language, names=names),
            ),
            observe=observe,
        )

    async def _updates(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Revision | Result]:
        """Yield revisions, then the result. If there is an error, report it and stop."""
        utterance_id = new_utterance_id()
        options = RequestOptions(
            language=self.own_language or metadata.language,
            utterance_id=utterance_id,
            client=self.entity_id,
            via=Via.HOME_ASSISTANT,
        )
        observe = self.coordinator.observe(self.subentry_id)
        try:
            async with aclosing(self.transcribe(stream, options, observe=observe)) as updates:
                async for update in updates:
                    # Return the text first, then update sensors and events.
                    self.hass.loop.call_soon(self._publish, update, utterance_id)
                    yield update
        except BridgeError as error:
            self.hass.loop.call_soon(self._publish, error, utterance_id)
        finally:
            # The utterance can end before the stream does, so close the stream.
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _publish(self, update: Revision | Result | BridgeError, utterance_id: str) -> None:
        """Update the sensors, issues and event entity, and note which entities the text names."""
        match update:
            case Result():
                self.coordinator.outcomes.succeeded(self.subentry_id, update)
                self._house.spoken(update.text)
            case BridgeError():
                self.coordinator.outcomes.failed(
                    self.subentry_id, update, utterance_id=utterance_id
                )
            case _:
                pass
        async_dispatcher_send(
            self.hass,
            transcript_signal(self.subentry_id),
            TranscriptUpdate.of(update, utterance_id=utterance_id),
        )


def _changes(shown: Mapping[str | None, str], revision: Revision) -> list[tuple[str | None, str]]:
    """Return each speaker whose text differs from the text in ``shown``, with the new text.

    The new text can be empty. A service may first report words without a speaker (None), and
    assign them to a speaker later.
    """
    texts: dict[str | None, str] = {each.speaker: each.text for each in revision.speakers}
    texts = texts or {None: revision.text}
    speakers = dict.fromkeys([*shown, *texts])
    return [
        (each, texts.get(each, "")) for each in speakers if texts.get(each, "") != shown.get(each)
    ]
