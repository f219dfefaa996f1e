"""What the profiles of a bridge can do with a client's settings."""

from collections.abc import Sequence
from dataclasses import fields

from ..capabilities import ProfileCapabilities
from ..config.engines import takes_terms
from ..config.values import LocalBackend, Profile
from ..providers.registry import PROVIDERS, ProviderName, provider_of

__all__ = ["profile_capabilities"]


def profile_capabilities(profile: Profile, profiles: Sequence[Profile]) -> ProfileCapabilities:
    """Return what a profile or one of its fallbacks can do; ``profiles`` has all profiles."""
    known = {each.name: each for each in profiles}
    used = [profile, *(known[name] for name in profile.fallback if name in known)]
    able = [_own(each) for each in used]
    return ProfileCapabilities(
        **{
            each.name: any(getattr(one, each.name) for one in able)
            for each in fields(ProfileCapabilities)
        }
    )


def _own(profile: Profile) -> ProfileCapabilities:
    backend = profile.backend
    if isinstance(backend, LocalBackend):
        can = PROVIDERS[ProviderName(backend.protocol)].capabilities
        favours_terms = takes_terms(backend.engine, backend.model)
    else:
        provider = provider_of(backend)
        server = provider.known_server(backend) if provider.known_server else None
        can = (server and server.capabilities) or provider.capabilities
        favours_terms = True
    return ProfileCapabilities(
        flush=can.flush,
        server_vad=can.server_vad,
        bias_terms=bool(can.bias_terms) and favours_terms,
    )
