"""Which providers there are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..errors import ConfigError, RequestError
from ..options import Settings
from . import elevenlabs, reson8, scriptix
from .contract import Capabilities, ClientProtocol

__all__ = ["PROVIDERS", "Provider", "ProviderName", "new_client"]


class ProviderName(StrEnum):
    """As in the configuration, in alphabetical order."""

    ELEVENLABS = "elevenlabs"
    RESON8 = "reson8"
    SCRIPTIX = "scriptix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is known of a provider before a session is opened."""

    title: str
    """As its makers write it."""
    capabilities: Capabilities
    settings: type[Settings]


PROVIDERS: Final = {
    ProviderName.ELEVENLABS: Provider(
        title="ElevenLabs Scribe",
        capabilities=elevenlabs.CAPABILITIES,
        settings=elevenlabs.ElevenLabsSettings,
    ),
    ProviderName.RESON8: Provider(
        title="Reson8", capabilities=reson8.CAPABILITIES, settings=reson8.Reson8Settings
    ),
    ProviderName.SCRIPTIX: Provider(
        title="Scriptix", capabilities=scriptix.CAPABILITIES, settings=scriptix.ScriptixSettings
    ),
}


def new_client(settings: Settings, *, source_url: str | None = None) -> ClientProtocol:
    """A client for one session. Only a provider that is used has its protocol loaded.

    Raises:
        ConfigError: No provider has settings of this class.
        RequestError: The service cannot fetch the audio of an address itself.
    """
    if source_url is not None and not isinstance(settings, scriptix.ScriptixSettings):
        raise RequestError("the service cannot fetch audio itself")
    match settings:
        case elevenlabs.ElevenLabsSettings():
            from .elevenlabs.client import ElevenLabsClient

            return ElevenLabsClient(settings)
        case reson8.Reson8Settings():
            from .reson8.client import Reson8Client

            return Reson8Client(settings)
        case scriptix.ScriptixSettings():
            from .scriptix.client import ScriptixClient

            return ScriptixClient(settings, source_url=source_url)
        case _:
            raise ConfigError(f"{type(settings).__name__} belongs to no provider")
