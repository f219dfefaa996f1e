"""Builds profiles from checked values, with their tokens and settings."""

import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from ..endpointing import Endpointing, EndpointSource
from ..errors import ConfigError
from ..house import RepairMode
from ..options import shown
from ..providers.registry import PROVIDERS, ProviderName
from ..providers.settings import Settings
from ..transcriber import Limits, TextStyle
from .address import Address
from .profile_options import ProfileOptions
from .tokens import TokenSources, read_token
from .values import LOCAL, TOKEN_VARIABLE, LocalBackend, Profile

__all__ = ["build", "new_profile", "single_profile"]

T = TypeVar("T")


def single_profile(
    provider: str,
    *,
    url: str | None = None,
    language: str | None = None,
    token_file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Profile:
    """Return a profile for the command line, with the provider's name and default settings.

    Raises:
        ConfigError: A value is invalid, or the token is missing.
    """
    values: dict[str, object] = {}
    if provider == LOCAL:
        if url or language or token_file:
            raise ConfigError("the local provider accepts no URL, language or token")
        return new_profile(LOCAL, LOCAL, values, folder=Path(), environment=environment)
    if url:
        values["url"] = url
    if language:
        values["language"] = language
    if token_file:
        values["token_file"] = str(token_file)
    elif TOKEN_VARIABLE in environment:
        values["token_env"] = TOKEN_VARIABLE
    elif not url:
        raise ConfigError(f"{provider} needs a token: set {TOKEN_VARIABLE} or use --token-file")
    return new_profile(provider, provider, values, folder=Path(), environment=environment)


def new_profile(
    name: str,
    provider: str,
    values: Mapping[str, object],
    *,
    folder: Path,
    environment: Mapping[str, str],
) -> Profile:
    """Return a profile from values whose types were checked.

    The path of a token file or a model may be relative to ``folder``.

    Raises:
        ConfigError: A value is not allowed, values contradict each other, or the token cannot be
            read.
    """
    rest = dict(values)
    common = build(ProfileOptions, _taken(rest, ProfileOptions))
    endpointing = build(Endpointing, _taken(rest, Endpointing))
    sources = build(TokenSources, _taken(rest, TokenSources))
    backend = (
        _local(rest, folder)
        if provider == LOCAL
        else _remote(provider, rest, read_token(sources, folder=folder, environment=environment))
    )
    if endpointing.source == EndpointSource.PROVIDER:
        _check_service_ends_turns(backend)
    return Profile(
        name=name,
        backend=backend,
        limits=Limits(
            ready_s=common.connect_timeout_s,
            final_s=common.final_timeout_s,
            answer_s=common.answer_timeout_s,
            total_s=common.total_timeout_s,
            idle_s=common.audio_timeout_s,
        ),
        endpointing=endpointing,
        text_style=TextStyle(common.text),
        fallback=common.fallback,
        max_seconds_per_day=common.max_seconds_per_day,
        price_per_hour=common.price_per_hour,
        repair=RepairMode(common.repair) if common.repair else None,
        listen=Address.parse(common.listen, key="listen") if common.listen else None,
    )


def build(owner: Callable[..., T], values: Mapping[str, object]) -> T:
    """Create a settings object from checked values. mypy cannot check their types here."""
    return owner(**values)


def _local(values: Mapping[str, object], folder: Path) -> LocalBackend:
    backend = build(LocalBackend, values)
    if backend.model is None:
        return backend
    try:
        model = Path(backend.model).expanduser()
    except RuntimeError as err:  # the user of "~" does not exist, or has no home directory
        raise ConfigError(
            f"model: the home directory in {shown(backend.model)} is not known; give the whole path"
        ) from err
    return replace(backend, model=str(folder / model))


def _remote(provider: str, values: Mapping[str, object], token: str | None) -> Settings:
    if token is None and "url" not in values:
        raise ConfigError("token: one of token, token_file and token_env is required")
    return build(PROVIDERS[ProviderName(provider)].settings, {**values, "token": token})


def _check_service_ends_turns(backend: Settings | LocalBackend) -> None:
    settings = (
        PROVIDERS[ProviderName(backend.protocol)].settings()
        if isinstance(backend, LocalBackend)
        else backend
    )
    default = Endpointing()
    settings.with_server_vad(
        silence_ms=default.silence_ms,
        min_speech_ms=default.min_speech_ms,
        speech_threshold=default.speech_threshold,
    )


def _taken(values: dict[str, object], owner: type) -> dict[str, object]:
    """Remove the values that belong to a class, and return them."""
    return {each.name: values.pop(each.name) for each in fields(owner) if each.name in values}
