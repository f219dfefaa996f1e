"""Tries one profile of a remote bridge, as ``check`` tries a profile of this process."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

from ..audio import PCM_16K_MONO
from ..client import transcribe
from ..endpointing import RECORDING
from ..errors import BudgetError, ErrorText, FinalTimeoutError
from ..transcriber import RequestOptions, Result
from .voice import voice_like_second

__all__ = ["try_profile"]

_TIMEOUT_S: Final = 40.0
"""By default, a bridge has a result or an error at most 30 s after the audio. It may be 31 s,
because a second of audio arrives at once."""


async def try_profile(
    name: str,
    *,
    host: str,
    port: int,
    language: str | None = None,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Result | None:
    """Let a profile of a bridge transcribe one second of synthetic voice.

    The second counts towards the daily limit of the profile. If the limit is reached, return None:
    the profile works. If the profile fails and a fallback transcribes the audio, the result names
    the fallback as its profile, and has the error of the profile in ``failures``. ``token`` and
    ``tls`` are those of ``transcribe``. ``timeout_s`` is the longest wait for the result. The
    bridge must be one that answers ``describe``.

    Raises:
        BridgeError: The bridge cannot be reached, or the profile does not transcribe.
    """
    updates = transcribe(
        _said(await asyncio.to_thread(voice_like_second)),
        source=PCM_16K_MONO,
        host=host,
        port=port,
        name=name,
        options=RequestOptions(language=language, endpointing=RECORDING),
        token=token,
        tls=tls,
        knows_ping=True,
    )
    try:
        async with asyncio.timeout(timeout_s), aclosing(updates):
            async for update in updates:
                if isinstance(update, Result):
                    return update  # every text is right
    except BudgetError:
        return None
    except TimeoutError as err:
        raise FinalTimeoutError(
            ErrorText.NO_ANSWER, place=f"{host}:{port}", seconds=f"{timeout_s:g}"
        ) from err
    raise AssertionError("an utterance ends with a result or an error")


async def _said(pcm: bytes) -> AsyncIterator[bytes]:
    yield pcm
