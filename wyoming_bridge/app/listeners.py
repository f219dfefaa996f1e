"""The addresses at which a bridge listens, and the profiles that it offers at each of them."""

from functools import partial

from ..config import Address, Config, LocalBackend, Profile, SendsChunks
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
from ..server import Listener, Program
from .backends import Backends
from .capabilities import profile_capabilities
from .identity import id_of_part
from .server_languages import ServerLanguages

__all__ = ["new_listeners"]


def new_listeners(
    config: Config, *, backends: Backends, languages: ServerLanguages, bridge: str | None
) -> list[Listener]:
    """Return a listener for all profiles, then one for each ``listen`` address of a profile.

    ``languages`` has the languages that the servers of the profiles report. ``bridge`` is the
    id of the bridge. If it is not None, each listener gets an id that differs from those of the
    others: with the same id at two addresses, clients would believe that the bridge's address
    changes all the time.

    Raises:
        ConfigError: A profile has the address that offers all profiles.
    """
    programs = {
        profile.name: _program(profile, config=config, backends=backends, languages=languages)
        for profile in config.profiles
    }
    places: dict[Address, list[Program]] = {config.listen: list(programs.values())}
    for profile in config.profiles:
        if profile.listen == config.listen:
            raise ConfigError(
                f"profiles.{profile.name}.listen: must differ from the common listen "
                "address, which offers all profiles"
            )
        if profile.listen:
            places.setdefault(profile.listen, []).append(programs[profile.name])
    return [
        Listener(
            host=place.host,
            port=place.port,
            programs=offered,
            id=bridge
            if bridge is None or place == config.listen
            else id_of_part(bridge, offered[0].name),
        )
        for place, offered in places.items()
    ]


def _program(
    profile: Profile, *, config: Config, backends: Backends, languages: ServerLanguages
) -> Program:
    return Program(
        name=profile.name,
        description=_description(profile),
        languages=profile.languages,
        reported_languages=partial(languages.of, profile),
        endpointing=profile.endpointing,
        # A local engine knows only its own languages, but a fallback may know others.
        knows_other_languages=bool(profile.fallback)
        or not isinstance(profile.backend, LocalBackend),
        capabilities=profile_capabilities(profile, config.profiles),
        audio_timeout_s=profile.limits.idle_s,
        always_sends_chunks=config.sends_chunks is SendsChunks.ALWAYS,
        new_utterance=lambda source, options: backends.new_utterance(profile, source, options),
    )


def _description(profile: Profile) -> str:
    if isinstance(profile.backend, LocalBackend):
        return f"Offline, {profile.backend.engine}"
    return PROVIDERS[ProviderName(profile.provider)].title
