"""A table with one row per provider.

The configuration, the command line, the docs, the integration and the tests use this table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ..capabilities import Capabilities
from ..errors import ConfigError, RequestError
from ..events import SessionStarted
from ..options import Declared
from . import elevenlabs, openai, reson8, scriptix
from .contract import ClientProtocol, HttpAnswer, HttpRequest
from .settings import Settings

if TYPE_CHECKING:  # loaded only by the local server
    from .emulator import ServiceEmulator

__all__ = ["PROVIDERS", "Provider", "ProviderName", "new_client", "provider_of"]


class ProviderName(StrEnum):
    """The providers' names in the configuration, in alphabetical order."""

    ELEVENLABS = "elevenlabs"
    OPENAI = "openai"
    RESON8 = "reson8"
    SCRIPTIX = "scriptix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Everything that the rest of the package needs to know about a provider."""

    title: str
    """The service's name in texts for users."""
    manufacturer: str
    """The name of the company."""
    key_url: str
    """The page where users create a token, or the service's page about tokens."""
    capabilities: Capabilities
    settings: type[Settings]
    """The class of an account's settings."""
    new_client: Callable[[Settings, str | None], ClientProtocol]
    """Returns a client for one session. The arguments are the settings, and the address from which
    the service fetches the audio, or None. The function imports the protocol itself, so that a
    bridge loads only the protocols that it uses."""
    behaviour_class: Callable[[], type[Declared]]
    """Imports and returns the class of the settings with which the local server emulates the
    service."""
    new_emulators: "Callable[[frozenset[str], str, Declared], Sequence[ServiceEmulator]]"
    """Returns the emulators of the service. The arguments are the valid tokens, the language of the
    engine and the behaviour. A protocol with several dialects has an emulator for each dialect that
    the local server speaks. The function imports the service's side of the protocol itself."""
    has_several_servers: bool = False
    """Whether servers with different capabilities speak the protocol. Then the capabilities of a
    session are known when the server has answered."""
    known_server: Callable[[Settings], SessionStarted | None] | None = None
    """Returns what a session with these settings can do, if they name the kind of server; None if
    only the server's answer shows it."""
    form_fields: tuple[str, ...]
    """The settings that Home Assistant shows for an entity, in addition to the settings that all
    providers have."""
    model_request: Callable[[Settings], HttpRequest | None] | None = None
    """Returns the request for the description of a model at the user's own server; None if no
    server has such a description."""
    model_languages: Callable[[HttpAnswer], tuple[str, ...]] | None = None
    """Returns the languages of the model, from the answer to ``model_request``."""
    account_fields: tuple[str, ...] = ()
    """The settings that Home Assistant shows for an account, before the token. If there are any,
    the address is one of them and the token is optional, because the user's own server may not need
    a token."""


PROVIDERS: Final = {
    ProviderName.ELEVENLABS: Provider(
        title="ElevenLabs Scribe",
        manufacturer="ElevenLabs",
        key_url="https://elevenlabs.io/app/settings/api-keys",
        capabilities=elevenlabs.CAPABILITIES,
        settings=elevenlabs.ElevenLabsSettings,
        new_client=elevenlabs.new_client,
        behaviour_class=elevenlabs.behaviour_class,
        new_emulators=elevenlabs.new_emulators,
        form_fields=(
            "model",
            "secondary_languages",
            "no_verbatim",
            "filter_background_audio",
            "diarize",
            "enable_logging",
        ),
    ),
    ProviderName.OPENAI: Provider(
        title="OpenAI-compatible server",
        manufacturer="OpenAI",
        key_url="https://platform.openai.com/api-keys",
        capabilities=openai.CAPABILITIES,
        settings=openai.OpenAISettings,
        new_client=openai.new_client,
        behaviour_class=openai.behaviour_class,
        new_emulators=openai.new_emulators,
        has_several_servers=True,
        known_server=openai.known_server,
        model_request=openai.model_request,
        model_languages=openai.model_languages,
        form_fields=("dialect", "secondary_languages", "prompt", "noise_reduction"),
        account_fields=("url", "model"),
    ),
    ProviderName.RESON8: Provider(
        title="Reson8",
        manufacturer="Reson8",
        key_url="https://console.reson8.dev",
        capabilities=reson8.CAPABILITIES,
        settings=reson8.Reson8Settings,
        new_client=reson8.new_client,
        behaviour_class=reson8.behaviour_class,
        new_emulators=reson8.new_emulators,
        form_fields=(
            "custom_model_id",
            "secondary_languages",
            "filler_mode",
            "bias_strength",
            "diarize",
        ),
    ),
    ProviderName.SCRIPTIX: Provider(
        title="Scriptix",
        manufacturer="Scriptix",
        key_url="https://docs.scriptix.io/docs/account/api-keys",
        capabilities=scriptix.CAPABILITIES,
        settings=scriptix.ScriptixSettings,
        new_client=scriptix.new_client,
        behaviour_class=scriptix.behaviour_class,
        new_emulators=scriptix.new_emulators,
        form_fields=("type",),
    ),
}


def provider_of(settings: Settings) -> Provider:
    """Return the provider that the settings belong to.

    Raises:
        ConfigError: No provider has settings of this class.
    """
    for provider in PROVIDERS.values():
        if type(settings) is provider.settings:
            return provider
    allowed = ", ".join(provider.settings.__name__ for provider in PROVIDERS.values())
    raise ConfigError(f"settings must be one of {allowed}, got {type(settings).__name__}")


def new_client(settings: Settings, *, source_url: str | None = None) -> ClientProtocol:
    """Return a client for one session.

    Raises:
        ConfigError: No provider has settings of this class.
        RequestError: There is a ``source_url``, but the service cannot fetch audio.
    """
    provider = provider_of(settings)
    if source_url is not None and not provider.capabilities.url_source:
        raise RequestError(f"{provider.title} cannot fetch audio from an address itself")
    return provider.new_client(settings, source_url)
