"""Where an account transcribes: in Home Assistant itself, or in a remote bridge."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_LANGUAGE, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES
from homeassistant.util.hass_dict import HassKey

from .bridge import (
    PCM_16K_MONO,
    PROVIDERS,
    Backends,
    BridgeInfo,
    BridgeProfile,
    Endpointing,
    EndpointSource,
    House,
    Observe,
    Profile,
    RepairMode,
    RequestOptions,
    Result,
    Revision,
    Settings,
    describe,
    probe,
    transcribe,
    with_regions,
)
from .bridge_tls import bridge_tls
from .const import CONF_OVERRIDE, CONF_PROFILE, CONF_PROVIDER, DOMAIN, PROVIDER_LOCAL
from .languages import async_known_languages, protocol_languages
from .moved_bridge import async_learn_id
from .profiles import (
    bridge_address,
    endpointing_of,
    is_bridge,
    profile_of,
    provider_of,
    settings_of,
    subentry_settings,
)

BACKENDS: Final[HassKey[Backends]] = HassKey(DOMAIN)
"""The profiles of all accounts in one object, so that any can be the fallback of another."""

OUR_NAME: Final = "Wyoming Bridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What transcribes, as the device of an entity shows it."""

    manufacturer: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTerms:
    """What a service takes of the terms and names of a subentry, the likeliest first."""

    sent: Sequence[str]
    left_out: Sequence[str]


class SpeechService(Protocol):
    """The service of one account. Arguments name a subentry by its ID."""

    @property
    def bridge(self) -> BridgeInfo | None:
        """What a remote bridge says about itself; None for other accounts."""

    async def async_start(self) -> None:
        """Prepare the subentries of the account.

        Raises:
            BridgeError: A setting is invalid, or the usage cannot be stored.
        """

    def stop(self) -> None:
        """Release what ``async_start`` has prepared."""

    def prepare(self, subentry_id: str, house: House) -> None:
        """Prepare for the commands of a house, if the subentry uses them here."""

    async def async_probe(self) -> None:
        """Check whether the account works, without sending audio.

        Raises:
            BridgeError: The account does not work.
        """

    def missing_profiles(self) -> dict[str, str]:
        """Return the profiles that the bridge no longer has, by subentry."""

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants that can use the subentry, with and without regions.

        A subentry with a language of its own works in assistants of every language.
        """

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Return whether the caller has to find the end of speech."""

    def transcribe(
        self,
        subentry_id: str,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe an utterance: yield revisions while it lasts, then one result.

        ``observe`` returns what watches the utterance; a remote bridge watches its own.

        Raises:
            BridgeError: There is no result.
        """

    def sent_today_s(self, subentry_id: str) -> float:
        """Return the amount of audio sent today, in seconds."""

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return how much audio may be sent per day, in seconds; None if there is no limit here."""

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms:
        """Return what the service takes of these terms, as far as known here."""

    def product(self, subentry_id: str) -> Product:
        """Return who makes what transcribes, and what it is."""


def new_service(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SpeechService:
    """Return the service of an account."""
    kind = RemoteBridge if is_bridge(entry.data) else RealtimeService
    return kind(hass, entry)


class RealtimeService:
    """A service on the internet or a local server; the integration speaks its protocol."""

    bridge: BridgeInfo | None = None

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._backends = hass.data[BACKENDS]
        self._profiles: dict[str, Profile] = {}
        self._settings: dict[str, Settings] = {}
        self._languages: tuple[str, ...] = ()
        """The languages of the engine that transcribes, as far as it has told them."""

    async def async_start(self) -> None:
        """Prepare the profiles of all subentries.

        Raises:
            BridgeError: A setting is invalid, or the usage cannot be stored.
        """
        for subentry in self._entry.subentries.values():
            settings = subentry_settings(self._entry.data, subentry.data)
            self._settings[subentry.subentry_id] = settings
            self._profiles[subentry.subentry_id] = profile_of(self._entry, subentry)
        self._languages = protocol_languages(self._entry.data)
        for profile in (self._account_profile(), *self._profiles.values()):
            await self._backends.add(profile)
        await self._hass.async_add_executor_job(self._backends.warm_up)

    def stop(self) -> None:
        """Remove the profiles."""
        for name in (self._entry.entry_id, *self._profiles):
            self._backends.remove(name)

    def prepare(self, subentry_id: str, house: House) -> None:
        """Build the language of a house now, so that the first utterance does not wait for it."""
        profile = self._profiles[subentry_id]
        if _uses_house(profile, profile.endpointing):
            self._backends.prepare_house(house)

    async def async_probe(self) -> None:
        """Open a session and close it.

        Raises:
            BridgeError: The service does not accept audio.
        """
        await probe(self._backends, self._account_profile())
        self._languages = await async_known_languages(self._hass, self._entry.data)

    def missing_profiles(self) -> dict[str, str]:
        """Return nothing: only remote bridges have named profiles."""
        return {}

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants, with and without regions."""
        return _offered(self._languages, own=_own_language(self._entry, subentry_id))

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Return whether only the caller finds the end of speech."""
        return self._profiles[subentry_id].endpointing.source == EndpointSource.CLIENT

    def transcribe(
        self,
        subentry_id: str,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe an utterance. ``observe`` returns what watches it.

        Raises:
            BridgeError: There is no result.
        """
        profile = self._profiles[subentry_id]
        if not _uses_house(profile, options.endpointing or profile.endpointing):
            # Nothing uses the house, and its language takes time and memory.
            options = replace(options, house=None, understands=None)
        return self._backends.transcribe(
            audio, source=PCM_16K_MONO, profile=profile, options=options, observe=observe
        )

    def sent_today_s(self, subentry_id: str) -> float:
        """Return the amount of audio sent today, in seconds; audio sent twice counts twice."""
        return self._backends.usage.budget(subentry_id).spent_s

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return how much audio may be sent per day, in seconds; None if there is no limit."""
        return self._profiles[subentry_id].max_seconds_per_day

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms:
        """Return what the service takes of these terms."""
        settings, left_out = self._settings[subentry_id].with_bias_terms(terms)
        return FittedTerms(sent=settings.bias_terms, left_out=left_out)

    def product(self, subentry_id: str) -> Product:
        """Return the model of a service, or the server of the user."""
        if self._entry.data[CONF_PROVIDER] == PROVIDER_LOCAL:
            return Product(manufacturer=OUR_NAME, model="Local realtime server")
        provider = provider_of(self._entry.data)
        return Product(
            manufacturer=provider.manufacturer,
            model=self._settings[subentry_id].model_title or provider.title,
        )

    def _account_profile(self) -> Profile:
        """Return the profile of the account itself, without options, for probing."""
        backend = settings_of(self._entry.data, {})
        return Profile(name=self._entry.entry_id, title=self._entry.title, backend=backend)


class RemoteBridge:
    """A remote bridge, whose profiles transcribe."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._usage = hass.data[BACKENDS].usage
        self.bridge: BridgeInfo | None = None
        """What the bridge says about itself, after the first query."""

    async def async_start(self) -> None:
        """Track the usage of the subentries.

        Raises:
            BridgeError: The address is invalid, or the usage cannot be stored.
        """
        bridge_address(self._entry.data)
        for subentry in self._entry.subentries.values():
            await self._usage.add(subentry.subentry_id, max_s=None, title=subentry.title)

    def stop(self) -> None:
        """Do nothing: no resource is held."""

    def prepare(self, subentry_id: str, house: House) -> None:
        """Do nothing: the bridge builds the language when the house arrives."""

    async def async_probe(self) -> None:
        """Ask the bridge for its version and profiles.

        Raises:
            BridgeError: It does not respond, or denies access.
        """
        self.bridge = await describe_bridge(self._entry.data)
        async_learn_id(self._hass, self._entry, self.bridge.id)

    def missing_profiles(self) -> dict[str, str]:
        """Return the profiles that the bridge no longer has, by subentry."""
        return {
            subentry.subentry_id: subentry.data[CONF_PROFILE]
            for subentry in self._entry.subentries.values()
            if self.bridge and self._profile(subentry) is None
        }

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants, with and without regions."""
        profile = self._profile(self._entry.subentries[subentry_id])
        if profile is None:
            return []
        return _offered(profile.languages, own=_own_language(self._entry, subentry_id))

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Return whether the caller has to find the end of speech.

        The settings of the subentry apply if they override those of the bridge.
        """
        subentry = self._entry.subentries[subentry_id]
        if endpointing := _override(subentry):
            return endpointing.source == EndpointSource.CLIENT
        profile = self._profile(subentry)
        return profile is not None and profile.requires_external_vad

    async def transcribe(
        self,
        subentry_id: str,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe an utterance with the bridge, which watches it itself.

        Raises:
            BridgeError: There is no result.
        """
        subentry = self._entry.subentries[subentry_id]
        host, port = bridge_address(self._entry.data)
        updates = transcribe(
            audio,
            source=PCM_16K_MONO,
            host=host,
            port=port,
            token=self._entry.data.get(CONF_TOKEN),
            tls=bridge_tls(self._entry.data),
            knows_ping=True,
            name=subentry.data[CONF_PROFILE],
            options=replace(options, endpointing=options.endpointing or _override(subentry)),
        )
        async with aclosing(updates):
            async for update in updates:
                if isinstance(update, Result):
                    self._usage.budget(subentry_id).spend(update.timing.audio_ms / 1000)
                yield update

    def sent_today_s(self, subentry_id: str) -> float:
        """Return the amount of audio with a result today, in seconds."""
        return self._usage.budget(subentry_id).spent_s

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return None: the bridge has its own limits."""
        return None

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms:
        """Return all terms: only the bridge knows how many its service takes."""
        return FittedTerms(sent=terms, left_out=())

    def product(self, subentry_id: str) -> Product:
        """Return the profile of the bridge."""
        profile = self._entry.subentries[subentry_id].data[CONF_PROFILE]
        return Product(manufacturer=OUR_NAME, model=f"Remote bridge, profile {profile}")

    def _profile(self, subentry: ConfigSubentry) -> BridgeProfile | None:
        """Return the profile of a subentry, if the bridge has it."""
        offered = self.bridge.profiles if self.bridge else ()
        chosen = subentry.data[CONF_PROFILE]
        return next((each for each in offered if each.name == chosen), None)


async def describe_bridge(data: Mapping[str, Any]) -> BridgeInfo:
    """Return what the bridge of an account reports about itself.

    Raises:
        BridgeError: Its address is invalid, it does not respond, or it denies access.
    """
    host, port = bridge_address(data)
    token = data.get(CONF_TOKEN) or None
    return await describe(host=host, port=port, token=token, tls=bridge_tls(data))


def _own_language(entry: ConfigEntry[Any], subentry_id: str) -> str | None:
    language: str | None = entry.subentries[subentry_id].data.get(CONF_LANGUAGE)
    return language


def _offered(known: Iterable[str], *, own: str | None) -> list[str]:
    """Return the languages to offer for a subentry whose service or profile knows ``known``."""
    offered = list(known)
    if own is not None:  # the language of the assistant is ignored, so it can be any
        services = (each.capabilities.languages for each in PROVIDERS.values())
        offered += [own, *chain.from_iterable(services), *sorted(LANGUAGES)]
    return list(dict.fromkeys(with_regions(offered)))


def _uses_house(profile: Profile, endpointing: Endpointing) -> bool:
    return profile.repair_mode is not RepairMode.OFF or endpointing.asks_the_house


def _override(subentry: ConfigSubentry) -> Endpointing | None:
    """Return the endpointing settings that override the bridge's own, if any."""
    return endpointing_of(subentry.data) if subentry.data.get(CONF_OVERRIDE) else None
