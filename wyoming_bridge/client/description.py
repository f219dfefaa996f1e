"""Queries a remote bridge for its id, its profiles and its page."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from wyoming.event import Event

from ..capabilities import EVERYTHING, ProfileCapabilities
from ..errors import (
    ConnectTimeoutError,
    ErrorText,
    NotListedError,
    ProtocolViolationError,
    UnprovenError,
)
from ..extensions.info import PagePlace, capabilities_of, identity_of, page_of
from ..extensions.names import PRODUCT
from ..json_fields import JsonFields
from .connecting import connected
from .connection import BridgeConnection

__all__ = ["BridgeInfo", "BridgeProfile", "describe", "describe_here", "verify"]

_ANSWER_TIMEOUT_S: Final = 5.0
"""The longest wait for the answer to ``describe``. A bridge sends it at once."""

_THIS_MACHINE: Final = {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "::": "::1"}  # noqa: S104 - to connect to it
"""The local address for a bridge that listens at all addresses of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeProfile:
    """One profile of a remote bridge."""

    name: str
    """The name that ``transcribe`` requests."""
    description: str
    languages: tuple[str, ...]
    """Language codes, ISO 639, with and without a region."""
    requires_external_vad: bool
    """Whether the client has to find the end of an utterance."""
    capabilities: ProfileCapabilities = EVERYTHING
    """What the profile can do with the client's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeInfo:
    """What a bridge says about itself."""

    version: str
    profiles: tuple[BridgeProfile, ...]
    """The profiles: at least one, the default first."""
    id: str | None = None
    """The id by which to recognise the bridge at another address; None if it sends no id."""
    page: PagePlace | None = None
    """Where the page is; None if there is no page, or if only the bridge's machine can open it."""


async def describe(
    *,
    host: str,
    port: int,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
    is_behind_balancer: bool = False,
    is_own_address: bool = False,
) -> BridgeInfo:
    """Return what a bridge offers. The call opens its own connection, and takes at most 30 s.

    ``token`` is the bridge's access token, if it has one. The token is not sent: bridge and client
    prove to each other that they know it. With ``token``, a bridge without a token is an error.
    ``tls`` is the context for a bridge that encrypts its connections, such as ``tls_context()``.
    Set ``is_behind_balancer`` to ask a bridge that expects a balancer's PROXY header. Set
    ``is_own_address`` for an address that a device on the network announced. That device could
    forward the connection to the real bridge, whose proof is then valid. But both proofs cover an
    address: the announced one, and the one at which the bridge was reached. If they differ, the
    bridge gives no access, and the call fails. Without ``token`` this setting has no effect.

    Raises:
        ConnectError: No bridge answers in time.
        AccessError: The token is missing or wrong.
        UnprovenError: The bridge does not prove that it knows the token, or was reached at another
            address than its own.
        ProtocolViolationError: The server is not a Wyoming server, or not Wyoming Bridge.
        BridgeError: The bridge reported another error.
    """
    async with connected(
        host,
        port,
        token=token,
        tls=tls,
        is_behind_balancer=is_behind_balancer,
        is_own_address=is_own_address,
    ) as bridge:
        return await _ask(bridge)


async def verify(
    *, host: str, port: int, token: str, bridge_id: str, tls: ssl.SSLContext | None = None
) -> None:
    """Check that the bridge at an announced address knows the token, and has this id.

    The device that announced the address could forward the connection, as ``describe`` says. It
    could also announce the address of another bridge with the same token, which has another id than
    ``bridge_id``. Older bridges send no id, and are accepted.

    Raises:
        UnprovenError: The bridge does not prove that it knows the token, or has another address or
            id.
        AccessError: The bridge does not accept the client's token or address.
        ConnectError: No bridge answers at the address in time.
        BridgeError: The bridge reported another error, or is another server.
    """
    async with connected(host, port, token=token, tls=tls, is_own_address=True) as bridge:
        info = await _ask(bridge)
    if info.id not in {None, bridge_id}:
        raise UnprovenError(ErrorText.BRIDGE_IS_ANOTHER, place=bridge.uri)


async def _ask(bridge: BridgeConnection) -> BridgeInfo:
    await bridge.write(Event(type="describe"))
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            event = await bridge.answer("info")  # the library's ``Info`` is slow to import
    except TimeoutError as err:
        raise ConnectTimeoutError(
            ErrorText.NO_ANSWER, place=bridge.uri, seconds=f"{_ANSWER_TIMEOUT_S:g}"
        ) from err
    return _info(JsonFields(event.data, provider="the bridge"), uri=bridge.uri)


async def describe_here(
    *,
    host: str,
    port: int,
    token: str | None,
    tls: ssl.SSLContext | None,
    is_behind_balancer: bool,
) -> BridgeInfo | None:
    """Return what the bridge at a listen address of this machine offers, as ``describe`` does.

    Return None if the bridge's allow list does not contain this machine. Such a bridge still serves
    other machines.

    Raises:
        BridgeError: As ``describe``.
    """
    try:
        return await describe(
            host=_THIS_MACHINE.get(host, host),
            port=port,
            token=token,
            tls=tls,
            is_behind_balancer=is_behind_balancer,
        )
    except NotListedError:
        return None


def _info(info: JsonFields, *, uri: str) -> BridgeInfo:
    programs = info.objects("asr")
    makers = {str(program.inner("attribution").raw("name")) for program in programs}
    if makers != {PRODUCT}:
        if not makers:
            raise ProtocolViolationError(ErrorText.NO_SPEECH_TO_TEXT, place=uri)
        raise ProtocolViolationError(
            ErrorText.ANOTHER_WYOMING_SERVER, place=uri, maker=", ".join(sorted(makers))
        )
    return BridgeInfo(
        version=programs[0].text("version"),
        profiles=tuple(_profile(program, info) for program in programs),
        id=identity_of(info),
        page=page_of(info),
    )


def _profile(program: JsonFields, info: JsonFields) -> BridgeProfile:
    models = program.objects("models")
    name = program.text("name")
    return BridgeProfile(
        name=name,
        description=program.optional_text("description") or "",
        languages=tuple(
            dict.fromkeys(language for model in models for language in _languages(model))
        ),
        requires_external_vad=program.flag("requires_external_vad", default=True),
        capabilities=capabilities_of(info, name),
    )


def _languages(model: JsonFields) -> list[str]:
    languages = [each for each in model.array("languages") if isinstance(each, str)]
    if len(languages) != len(model.array("languages")):
        raise ProtocolViolationError("languages must be a list of strings", provider="the bridge")
    return languages
