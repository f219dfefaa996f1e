"""``wyoming-bridge transcribe``: transcribes one utterance with a bridge or with a profile."""

import argparse
import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from ..app.backends import Backends
from ..app.configured_house import configured_house
from ..client import tls_context
from ..client import transcribe as through_bridge
from ..config import Address, Config
from ..config.tokens import access_token
from ..endpointing import RECORDING
from ..errors import BridgeError, ConfigError
from ..house import House, RepairMode
from ..media.pace import FAST, REALTIME
from ..transcriber import RequestOptions, Result, Revision
from .codes import ExitCode
from .show import View, new_view
from .source import AudioSource, is_address

__all__ = ["transcribe"]

_log = logging.getLogger(__name__)

HOME_LIMIT_S: Final = 5.0
"""How long a transcript waits for the names from Home Assistant, which usually arrive in 0.1 s."""


async def transcribe(
    arguments: argparse.Namespace, config: Config, *, client_options: RequestOptions | None = None
) -> ExitCode:
    """Run the command and return its exit code.

    The utterance ends with the audio. With ``client_options``, it is transcribed as if a client
    had sent it with these options, so the profile's settings decide when it ends.

    Raises:
        BridgeError: There is no transcript; the error says why.
    """
    if arguments.name and not arguments.uri:
        raise ConfigError(
            "--name requires --uri; for a profile of the configuration, use --profile"
        )
    if arguments.access_token_file and not arguments.uri:
        raise ConfigError(
            "--access-token-file requires --uri; for the token of a service, use --token-file"
        )
    if arguments.ca_file and not (arguments.uri or "").startswith("tls://"):
        raise ConfigError("--ca-file requires --uri tls://host:port")
    view = new_view(as_json=arguments.json)
    speed = arguments.pace or (FAST if arguments.file == "-" else REALTIME)
    source = AudioSource(arguments.file, speed=speed, on_sent=view.sent)
    try:
        await source.open()
        view.begin(source.total_ms)
        result = await _show(
            _updates(arguments, config, source, client_options=client_options), view
        )
    except BridgeError as error:
        view.failure(error)
        raise
    finally:
        view.end()
        source.close()
    return ExitCode.DONE if result.text else ExitCode.NO_WORDS


async def _show(updates: AsyncGenerator[Revision | Result, None], view: View) -> Result:
    async with aclosing(updates):
        async for update in updates:
            match update:
                case Revision():
                    view.revision(update)
                case Result():
                    view.result(update)
                    return update
    raise AssertionError("an utterance ends with a result or an error")


def _house_of(arguments: argparse.Namespace) -> House | None:
    """Return the house in the file of ``--house``, or None without this option.

    Raises:
        ConfigError: The file cannot be read, or something in it is invalid.
    """
    if not arguments.house:
        return None
    from ..config.home import load_house

    return load_house(arguments.house, key="--house")


async def _configured_house(config: Config) -> House | None:
    """Return the configured house. If Home Assistant fails, leave out its names."""
    try:
        async with asyncio.timeout(HOME_LIMIT_S):
            return await configured_house(config)
    except TimeoutError:
        reason = f"Home Assistant did not answer within {HOME_LIMIT_S:g} s"
    except BridgeError as error:
        reason = str(error)
    _log.warning("the names of the house cannot be read: %s", reason)
    return config.house


def _bridge_of(arguments: argparse.Namespace) -> tuple[Address, ssl.SSLContext | None]:
    """Return the address of the bridge, and the TLS context if it encrypts its connections.

    Raises:
        ConfigError: The address or the file with the authorities is invalid.
    """
    scheme, _, place = arguments.uri.partition("://")
    if scheme != "tls":
        return Address.parse(arguments.uri, key="--uri"), None
    address = Address.parse_place(place, key="--uri tls://")
    try:
        return address, tls_context(ca_file=arguments.ca_file)
    except ConfigError as err:
        raise ConfigError(f"--ca-file: {err}") from err


async def _updates(
    arguments: argparse.Namespace,
    config: Config,
    source: AudioSource,
    *,
    client_options: RequestOptions | None,
) -> AsyncGenerator[Revision | Result, None]:
    options = client_options or RequestOptions(
        language=arguments.language, endpointing=RECORDING, house=_house_of(arguments)
    )
    if arguments.uri:
        address, tls = _bridge_of(arguments)
        updates = through_bridge(
            source.chunks(),
            source=source.format,
            host=address.host,
            port=address.port,
            name=arguments.name,
            options=options,
            token=access_token(arguments.access_token_file),
            tls=tls,
        )
        async with aclosing(updates):
            async for update in updates:
                yield update
        return
    chosen = config.profile(arguments.profile) if arguments.profile else config.profiles[0]
    profiles = [each.for_recordings() for each in config.with_fallbacks(chosen)]
    profile = profiles[0]
    # A house is used to repair the transcript and, with ``client_options``, to end commands early.
    uses_house = profile.repair_mode is not RepairMode.OFF or client_options is not None
    house = await _configured_house(config) if uses_house and options.house is None else None
    async with Backends(
        profiles,
        state=config.state,
        usage=config.usage,
        house=house,
    ) as backends:
        updates = (
            backends.follow(arguments.file, profile=profile, language=arguments.language)
            if is_address(arguments.file) and backends.can_fetch(profile)
            else backends.transcribe(
                source.chunks(), source=source.format, profile=profile, options=options
            )
        )
        async with aclosing(updates):
            async for update in updates:
                yield update
