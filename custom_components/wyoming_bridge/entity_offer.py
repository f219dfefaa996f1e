"""What an account offers to one of its entities: profiles, languages, settings and fallbacks."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .account_settings import default_repair, is_bridge, protocol_of
from .bridge import BridgeInfo, ProviderName, SessionStarted
from .bridge_entity import bridge_form
from .const import CONF_PROVIDER, PROVIDER_LOCAL
from .coordinator import AccountEntry
from .entity_fields import entity_fields
from .fallbacks import fallbacks_in, offered_fallbacks
from .languages import async_known_languages
from .profiles import server_of
from .remote_bridge import describe_bridge
from .sections import Fields
from .speech_service import UNKNOWN_SERVER


class EntityOffer:
    """What an account offers to one of its entities while the form of the entity is open."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: AccountEntry,
        *,
        own_id: str | None,
        stored: Mapping[str, Any],
    ) -> None:
        """Ask nothing yet.

        ``own_id`` is the subentry ID of the entity, and ``stored`` its stored data; None and empty
        for a new entity.
        """
        self._hass = hass
        self._entry = entry
        self._own_id = own_id
        self._stored = stored
        self.bridge: BridgeInfo | None = None
        """What the bridge reports about itself, for an account of a remote bridge."""
        self.languages: tuple[str, ...] = ()
        """The languages of the account; empty for a remote bridge."""
        self._server: SessionStarted | None = None
        """What was known about the server when the form was opened; None until then.

        It decides which settings the form hides, so it stays the same until the form is closed.
        """

    @property
    def provider(self) -> ProviderName | None:
        """The service whose protocol the account uses; None for a remote bridge."""
        account = self._entry.data
        return None if is_bridge(account) else protocol_of(account)

    async def async_ask(self) -> None:
        """Get the profiles and languages that the account has now.

        Raises:
            BridgeError: The account is invalid, or the bridge does not answer.
        """
        account = self._entry.data
        if is_bridge(account):
            self.bridge = await describe_bridge(account)
            return
        if self._server is None:
            self._server = self._known_server()
        self.languages = await async_known_languages(self._hass, account)

    def form_for(self, data: Mapping[str, Any]) -> Fields:
        """Return the form for this data of the entity, whose values it offers."""
        if self.bridge:
            return bridge_form(self.bridge, data)
        account = self._entry.data
        return entity_fields(
            protocol_of(account),
            languages=self.languages,
            fallbacks=offered_fallbacks(
                self._hass,
                own=self._own_id,
                languages=self.languages,
                stored=fallbacks_in(data),
            ),
            repair=default_repair(account),
            server=self._server or UNKNOWN_SERVER,
            stored=data,
            local=account[CONF_PROVIDER] == PROVIDER_LOCAL,
        )

    def _known_server(self) -> SessionStarted:
        """Return what is known about the server of the entity."""
        entry = self._entry
        if entry.state is not ConfigEntryState.LOADED:
            return UNKNOWN_SERVER
        if self._own_id in entry.runtime_data.service.invalid:
            return UNKNOWN_SERVER  # hide no setting, because it may be the invalid one
        return server_of(entry.runtime_data.service.server, entry.data, self._stored)
