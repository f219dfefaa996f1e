"""What transcribes: a service's own protocol, spoken in here, or a bridge elsewhere."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .bridge import (
    PCM_16K_MONO,
    Backends,
    BridgeInfo,
    BridgeProfile,
    Endpointing,
    EndpointSource,
    Profile,
    RequestOptions,
    Result,
    Revision,
    describe,
    probe,
    transcribe,
    with_regions,
)
from .const import CONF_OVERRIDE, CONF_PROFILE, DOMAIN
from .profiles import account_profile, endpointing_of, is_bridge, profile_of

BACKENDS: Final[HassKey[Backends]] = HassKey(DOMAIN)
"""All profiles of all accounts: one may be the fallback of another."""


class SpeechService(Protocol):
    """One account's. A subentry is named by its id."""

    @property
    def version(self) -> str | None:
        """Of the bridge elsewhere; None in here."""

    async def async_start(self) -> None:
        """Prepare what is stored.

        Raises:
            BridgeError: It is not possible.
        """

    def stop(self) -> None:
        """Forget what was prepared."""

    async def async_probe(self) -> None:
        """Find out whether it can be used, for nothing.

        Raises:
            BridgeError: It cannot.
        """

    def missing(self) -> dict[str, str]:
        """Profiles that a bridge does not have any more, by subentry."""

    def has_fallback(self, subentry_id: str) -> bool:
        """Whether somebody who is ready stands in."""

    def languages(self, subentry_id: str) -> list[str]:
        """What may be spoken, with and without regions."""

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Whether somebody else has to find the end of speech."""

    def transcribe(
        self, subentry_id: str, audio: AsyncIterable[bytes], options: RequestOptions
    ) -> AsyncGenerator[Revision | Result]:
        """Hear an utterance as it comes; revisions while it lasts, then one result.

        Raises:
            BridgeError: There is no result.
        """

    def sent_today_s(self) -> float:
        """Audio that was sent today, in seconds."""


def new_service(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SpeechService:
    """The service of an account."""
    kind = BridgeElsewhere if is_bridge(entry.data) else RealtimeService
    return kind(hass, entry)


class RealtimeService:
    """A service on the internet or a local server, whose protocol is spoken in here."""

    version: str | None = None

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._backends = hass.data[BACKENDS]
        self._profiles: dict[str, Profile] = {}

    async def async_start(self) -> None:
        """Prepare the profiles of all subentries.

        Raises:
            BridgeError: One is not possible.
        """
        for subentry in self._entry.subentries.values():
            self._profiles[subentry.subentry_id] = profile_of(self._entry, subentry)
        for profile in (self._account_profile(), *self._profiles.values()):
            await self._backends.add(profile)
        await self._hass.async_add_executor_job(self._backends.warm_up)

    def stop(self) -> None:
        """Forget the profiles."""
        for name in (self._entry.entry_id, *self._profiles):
            self._backends.remove(name)

    async def async_probe(self) -> None:
        """Open a session and close it.

        Raises:
            BridgeError: The service does not take audio.
        """
        await probe(self._backends, self._account_profile())

    def missing(self) -> dict[str, str]:
        """None: what transcribes is in here."""
        return {}

    def has_fallback(self, subentry_id: str) -> bool:
        """Whether somebody who is ready stands in."""
        return any(map(self._backends.has, self._profiles[subentry_id].fallback))

    def languages(self, subentry_id: str) -> list[str]:
        """What may be spoken, with and without regions."""
        return with_regions(self._profiles[subentry_id].languages)

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Whether nobody in here finds the end of speech."""
        return self._profiles[subentry_id].endpointing.source == EndpointSource.CLIENT

    def transcribe(
        self, subentry_id: str, audio: AsyncIterable[bytes], options: RequestOptions
    ) -> AsyncGenerator[Revision | Result]:
        """Hear an utterance as it comes.

        Raises:
            BridgeError: There is no result.
        """
        return self._backends.transcribe(
            audio, source=PCM_16K_MONO, profile=self._profiles[subentry_id], options=options
        )

    def sent_today_s(self) -> float:
        """Audio that was sent today, in seconds; what was sent twice counts twice."""
        return sum(self._backends.usage.budget(name).spent_s for name in self._profiles)

    def _account_profile(self) -> Profile:
        return account_profile(self._entry.entry_id, self._entry.data)


class BridgeElsewhere:
    """A bridge on the network, whose profiles are used."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._entry = entry
        self._usage = hass.data[BACKENDS].usage
        self._info: BridgeInfo | None = None

    @property
    def version(self) -> str | None:
        """Of the bridge, once it was asked."""
        return self._info.version if self._info else None

    async def async_start(self) -> None:
        """Open the books of what is sent to it.

        Raises:
            BridgeError: They cannot be had.
        """
        for subentry_id in self._entry.subentries:
            await self._usage.add(subentry_id, max_s=None)

    def stop(self) -> None:
        """Nothing is kept."""

    async def async_probe(self) -> None:
        """Ask the bridge who it is.

        Raises:
            BridgeError: It does not answer, or not us.
        """
        self._info = await describe_bridge(self._entry.data)

    def missing(self) -> dict[str, str]:
        """Profiles that the bridge does not have any more, by subentry."""
        return {
            subentry.subentry_id: subentry.data[CONF_PROFILE]
            for subentry in self._entry.subentries.values()
            if self._info and self._profile(subentry) is None
        }

    def has_fallback(self, subentry_id: str) -> bool:
        """None in here: the bridge has its own."""
        return False

    def languages(self, subentry_id: str) -> list[str]:
        """What the bridge says may be spoken, or what was chosen."""
        subentry = self._entry.subentries[subentry_id]
        if fixed := subentry.data.get(CONF_LANGUAGE):
            return with_regions([fixed])
        profile = self._profile(subentry)
        return list(profile.languages) if profile else []

    def requires_external_vad(self, subentry_id: str) -> bool:
        """As it was chosen in here, or as the bridge says."""
        subentry = self._entry.subentries[subentry_id]
        if endpointing := _override(subentry):
            return endpointing.source == EndpointSource.CLIENT
        profile = self._profile(subentry)
        return profile is not None and profile.requires_external_vad

    async def transcribe(
        self, subentry_id: str, audio: AsyncIterable[bytes], options: RequestOptions
    ) -> AsyncGenerator[Revision | Result]:
        """Send an utterance as it comes.

        Raises:
            BridgeError: There is no result.
        """
        subentry = self._entry.subentries[subentry_id]
        updates = transcribe(
            audio,
            source=PCM_16K_MONO,
            host=self._entry.data[CONF_HOST],
            port=self._entry.data[CONF_PORT],
            token=self._entry.data.get(CONF_TOKEN),
            knows_ping=True,
            name=subentry.data[CONF_PROFILE],
            options=replace(options, endpointing=options.endpointing or _override(subentry)),
        )
        async with aclosing(updates):
            async for update in updates:
                if isinstance(update, Result):
                    self._usage.budget(subentry_id).spend(update.timing.audio_ms / 1000)
                yield update

    def sent_today_s(self) -> float:
        """Audio of which there was a result today, in seconds."""
        return sum(self._usage.budget(name).spent_s for name in self._entry.subentries)

    def _profile(self, subentry: ConfigSubentry) -> BridgeProfile | None:
        """The subentry's, while the bridge has it."""
        offered = self._info.profiles if self._info else ()
        chosen = subentry.data[CONF_PROFILE]
        return next((each for each in offered if each.name == chosen), None)


async def describe_bridge(data: Mapping[str, Any]) -> BridgeInfo:
    """What the bridge of an account says of itself.

    Raises:
        BridgeError: It does not answer, or not us.
    """
    return await describe(
        host=data[CONF_HOST], port=data[CONF_PORT], token=data.get(CONF_TOKEN) or None
    )


def _override(subentry: ConfigSubentry) -> Endpointing | None:
    """How the end of speech is to be found, where that is not left to the bridge."""
    return endpointing_of(subentry.data) if subentry.data.get(CONF_OVERRIDE) else None
