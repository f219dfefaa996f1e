"""Accounts whose audio the integration itself sends to a service or to a local server."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant

from .account_settings import provider_of, settings_of
from .bridge import (
    PCM_16K_MONO,
    BridgeInfo,
    ConfigError,
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
    StateError,
    probe,
)
from .const import CONF_PROVIDER, PROVIDER_LOCAL
from .languages import (
    async_engine_languages,
    async_known_languages,
    offered_languages,
    protocol_languages,
)
from .profiles import profile_of, server_of, subentry_settings
from .speech_service import BACKENDS, OUR_NAME, UNKNOWN_SERVER, FittedTerms, Product


class RealtimeService:
    """A service on the internet or a local server, to which the integration itself connects."""

    bridge: BridgeInfo | None = None

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._backends = hass.data[BACKENDS]
        self._profiles: dict[str, Profile] = {}
        self._settings: dict[str, Settings] = {}
        self.known_languages: tuple[str, ...] = ()
        """The languages of the service, or of the engine of the user's own server."""
        self.server = UNKNOWN_SERVER
        self.invalid: dict[str, ConfigError] = {}
        """The subentries that are left out, each with its invalid setting."""

    async def async_start(self) -> None:
        """Prepare the profiles of all subentries, except those with an invalid setting.

        Raises:
            BridgeError: A setting of the account is invalid, or the usage cannot be stored.
        """
        self.known_languages = protocol_languages(self._entry.data)
        await self._backends.add(self._account_profile())
        for subentry in self._entry.subentries.values():
            try:
                await self._add(subentry)
            except StateError:
                raise
            except ConfigError as error:
                self.invalid[subentry.subentry_id] = error
        await self._hass.async_add_executor_job(partial(self._backends.warm_up, everything=True))

    async def _add(self, subentry: ConfigSubentry) -> None:
        """Prepare the profile of a subentry.

        Raises:
            BridgeError: A setting is invalid, or the usage cannot be stored.
        """
        settings = subentry_settings(self._entry.data, subentry.data)
        profile = profile_of(self._entry, subentry)
        await self._backends.add(profile)
        self._settings[subentry.subentry_id] = settings
        self._profiles[subentry.subentry_id] = profile

    def stop(self) -> None:
        """Remove the profiles."""
        for name in (self._entry.entry_id, *self._profiles):
            self._backends.remove(name)

    def uses_house(self, subentry_id: str, endpointing: Endpointing | None) -> bool:
        """Return whether an utterance needs the house, to be repaired or to end early.

        ``endpointing`` replaces the subentry's own settings, unless it is None.
        """
        profile = self._profiles[subentry_id]
        endpointing = endpointing or profile.endpointing
        return profile.repair_mode is not RepairMode.OFF or endpointing.asks_the_house

    def prepare(self, house: House) -> None:
        """Begin to build the house's commands, so that the first transcript does not wait."""
        self._backends.prepare_house(house)

    async def async_probe(self) -> None:
        """Open a session and close it.

        Raises:
            BridgeError: A setting is invalid, or the service does not become ready for audio.
        """
        self.server = await probe(self._backends, self._account_profile())
        self.known_languages = await async_known_languages(self._hass, self._entry.data)

    async def async_refresh_languages(self) -> bool:
        """Ask the user's own server for its languages, and return whether they have changed."""
        engine = await async_engine_languages(self._hass, self._entry.data)
        if engine is None or engine == self.known_languages:
            return False
        self.known_languages = engine
        return True

    def missing_profiles(self) -> dict[str, str]:
        """Return an empty dictionary: only accounts of remote bridges choose among profiles."""
        return {}

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants that can use a subentry, with and without regions."""
        return offered_languages(self.known_languages, self._entry.subentries[subentry_id])

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Return whether the caller has to find the end of speech."""
        return self._profiles[subentry_id].endpointing.source == EndpointSource.CLIENT

    def transcribe(
        self,
        subentry_id: str,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe an utterance. ``observe`` returns its observers, such as a recorder.

        Raises:
            BridgeError: There is no result.
        """
        profile = self._profiles[subentry_id]
        return self._backends.transcribe(
            audio, source=PCM_16K_MONO, profile=profile, options=options, observe=observe
        )

    def sent_today_s(self, subentry_id: str) -> float:
        """Return the amount of audio sent today, in seconds; audio sent twice counts twice."""
        return self._backends.usage.budget(subentry_id).spent_s

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return how much audio may be sent per day, in seconds; None if there is no limit."""
        return self._profiles[subentry_id].max_seconds_per_day

    def takes_terms(self, subentry_id: str) -> bool:
        """Return whether some servers that speak the provider's protocol favour terms."""
        return provider_of(self._entry.data).capabilities.bias_terms > 0

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms:
        """Return which of the terms the service accepts, and which are left out."""
        data = self._entry.subentries[subentry_id].data
        found = server_of(self.server, self._entry.data, data).capabilities
        if found is not None and not found.bias_terms:
            return FittedTerms(sent=(), left_out=terms)
        settings, left_out = self._settings[subentry_id].with_bias_terms(terms)
        return FittedTerms(sent=settings.bias_terms, left_out=left_out)

    def product(self, subentry_id: str) -> Product:
        """Return the product that Home Assistant shows: the service's model, or a local server.

        If several kinds of server speak the provider's protocol, the maker of the user's own server
        is unknown.
        """
        if self._entry.data[CONF_PROVIDER] == PROVIDER_LOCAL:
            return Product(manufacturer=OUR_NAME, model="Local realtime server")
        provider = provider_of(self._entry.data)
        settings = self._settings[subentry_id]
        is_unknown = provider.has_several_servers and settings.uses_own_server
        return Product(
            manufacturer=None if is_unknown else provider.manufacturer,
            model=settings.model_title or provider.title,
        )

    def _account_profile(self) -> Profile:
        """Return a profile for probing the account. It has no settings of a subentry."""
        backend = settings_of(self._entry.data, {})
        return Profile(name=self._entry.entry_id, title=self._entry.title, backend=backend)
