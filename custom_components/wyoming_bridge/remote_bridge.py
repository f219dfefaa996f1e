"""Accounts of remote bridges."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_LANGUAGE, CONF_TOKEN
from homeassistant.core import HomeAssistant

from .account_settings import bridge_address
from .bridge import (
    PCM_16K_MONO,
    BridgeInfo,
    BridgeProfile,
    ConfigError,
    Endpointing,
    EndpointSource,
    House,
    Observe,
    RequestOptions,
    Result,
    Revision,
    describe,
    transcribe,
    try_profile,
)
from .bridge_tls import bridge_tls
from .const import CONF_OVERRIDE, CONF_PROFILE
from .languages import offered_languages
from .moved_bridge import async_learn_id
from .profiles import endpointing_of
from .speech_service import BACKENDS, OUR_NAME, UNKNOWN_SERVER, FittedTerms, Product


class RemoteBridge:
    """A remote bridge, which transcribes with its profiles."""

    server = UNKNOWN_SERVER
    known_languages = ()

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._usage = hass.data[BACKENDS].usage
        self.bridge: BridgeInfo | None = None
        """What the bridge says about itself, after the first query."""
        self.invalid: dict[str, ConfigError] = {}
        """The subentries that are left out, each with its invalid setting."""
        self._left_out: dict[str, frozenset[str]] = {}
        """The terms for which the profile had no room in the last utterance, by subentry ID."""

    async def async_start(self) -> None:
        """Track the usage of the subentries, except those with an invalid setting.

        Raises:
            BridgeError: The address is invalid, or the usage cannot be stored.
        """
        bridge_address(self._entry.data)
        for subentry in self._entry.subentries.values():
            try:
                _override(subentry)
            except ConfigError as error:
                self.invalid[subentry.subentry_id] = error
                continue
            await self._usage.add(subentry.subentry_id, max_s=None, title=subentry.title)

    def stop(self) -> None:
        """Do nothing: the account holds no connection and no profile."""

    def uses_house(self, subentry_id: str, endpointing: Endpointing | None) -> bool:
        """Return True: only the bridge knows whether its profile uses the house."""
        return True

    def prepare(self, house: House) -> None:
        """Do nothing: the bridge builds the house's commands itself."""

    async def async_probe(self) -> None:
        """Ask the bridge for its version and profiles.

        Raises:
            BridgeError: The address is invalid, or the bridge does not respond or denies access.
        """
        self.bridge = await describe_bridge(self._entry.data)
        async_learn_id(self._hass, self._entry, self.bridge.id)

    async def async_refresh_languages(self) -> bool:
        """Do nothing: a bridge reports the languages of its profiles with each query."""
        return False

    def missing_profiles(self) -> dict[str, str]:
        """Return the names of profiles that the bridge no longer has, by subentry ID."""
        return {
            subentry.subentry_id: subentry.data[CONF_PROFILE]
            for subentry in self._entry.subentries.values()
            if self.bridge and self._profile(subentry) is None
        }

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants that can use a subentry, with and without regions."""
        subentry = self._entry.subentries[subentry_id]
        profile = self._profile(subentry)
        return offered_languages(profile.languages, subentry) if profile else []

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
        """Transcribe an utterance with the bridge.

        ``observe`` is ignored, because the bridge has a recorder of its own.

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
                    # A fallback of the bridge may have room for more or fewer terms.
                    is_own = update.profile == subentry.data[CONF_PROFILE]
                    if is_own and update.left_out_terms is not None:
                        self._left_out[subentry_id] = frozenset(update.left_out_terms)
                yield update

    def sent_today_s(self, subentry_id: str) -> float:
        """Return how much audio the bridge has transcribed today, in seconds."""
        return self._usage.budget(subentry_id).spent_s

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return None: the bridge has its own limits."""
        return None

    def takes_terms(self, subentry_id: str) -> bool:
        """Return whether the profile favours terms; True for an unknown profile."""
        profile = self._profile(self._entry.subentries[subentry_id])
        return profile is None or profile.capabilities.bias_terms

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms | None:
        """Return which of the terms the bridge's service gets, judged by the last utterance.

        Only the bridge knows for how many terms its service has room. So the result is None until a
        bridge has answered an utterance, and always if the bridge is too old to report it.
        """
        if not terms:
            return FittedTerms(sent=(), left_out=())
        left_out = self._left_out.get(subentry_id)
        if left_out is None:
            return None
        # The bridge writes a term with single spaces.
        fits = {each: " ".join(each.split()) not in left_out for each in terms}
        return FittedTerms(
            sent=[each for each in terms if fits[each]],
            left_out=[each for each in terms if not fits[each]],
        )

    def product(self, subentry_id: str) -> Product:
        """Return the product that Home Assistant shows; its model names the bridge's profile."""
        profile = self._entry.subentries[subentry_id].data[CONF_PROFILE]
        return Product(manufacturer=OUR_NAME, model=f"Remote bridge, profile {profile}")

    def _profile(self, subentry: ConfigSubentry) -> BridgeProfile | None:
        """Return the profile of a subentry, if the bridge has it."""
        offered = self.bridge.profiles if self.bridge else ()
        chosen = subentry.data[CONF_PROFILE]
        return next((each for each in offered if each.name == chosen), None)


async def describe_bridge(data: Mapping[str, Any], *, is_announced: bool = False) -> BridgeInfo:
    """Return what the bridge of an account reports about itself.

    With ``is_announced``, a device on the network announced the address. Then a bridge with a token
    must prove that the address is its own.

    Raises:
        BridgeError: The address is invalid, or the bridge does not respond or denies access.
    """
    host, port = bridge_address(data)
    token = data.get(CONF_TOKEN) or None
    return await describe(
        host=host, port=port, token=token, tls=bridge_tls(data), is_own_address=is_announced
    )


async def try_bridge_profile(data: Mapping[str, Any], entity: Mapping[str, Any]) -> Result | None:
    """Let the bridge of an account transcribe one second of synthetic voice for an entity.

    Return None if the daily limit of the profile is reached. A fallback can have transcribed it.

    Raises:
        BridgeError: The bridge does not transcribe with the profile and the language of the entity.
    """
    host, port = bridge_address(data)
    return await try_profile(
        entity[CONF_PROFILE],
        host=host,
        port=port,
        language=entity.get(CONF_LANGUAGE),
        token=data.get(CONF_TOKEN) or None,
        tls=bridge_tls(data),
    )


def _override(subentry: ConfigSubentry) -> Endpointing | None:
    """Return the endpointing settings that override the bridge's own, if any."""
    return endpointing_of(subentry.data) if subentry.data.get(CONF_OVERRIDE) else None
