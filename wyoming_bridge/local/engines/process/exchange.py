"""Asks a host a question that the host answers with one line."""

import asyncio
from collections.abc import Iterable
from typing import Final

from ...engine import EngineError
from .host import Host
from .wire import FAILED, LENGTH

__all__ = ["ask"]

LINE_LIMIT_BYTES: Final = 64 * 1024
"""The longest answer. An answer to a question with 12 s of audio takes at most a few kB."""


async def ask(
    host: Host, kind: bytes, frames: Iterable[bytes], *, name: str, limit_s: float
) -> str:
    """Send frames on a new socket, and return the line that answers them.

    ``kind`` is the order to the host, such as ``SCORE``. Errors contain ``name``, the engine's
    name.

    Raises:
        EngineError: The process has ended, cannot answer, or does not answer within ``limit_s``
            seconds.
    """
    reader, writer = await asyncio.open_connection(sock=host.connect(kind), limit=LINE_LIMIT_BYTES)
    try:
        async with asyncio.timeout(limit_s):
            for frame in frames:
                writer.writelines((LENGTH.pack(len(frame)), frame))
            await writer.drain()
            line = await reader.readline()
    except TimeoutError as err:
        raise EngineError(f"{name} did not answer within {limit_s:g} s") from err
    except OSError as err:
        raise EngineError(f"the {name} process {host.pid} ended unexpectedly") from err
    except ValueError as err:
        raise EngineError(f"{name} sent a line of more than {LINE_LIMIT_BYTES} bytes") from err
    finally:
        writer.transport.abort()
    if not line.endswith(b"\n"):
        raise EngineError(f"the {name} process {host.pid} ended unexpectedly")
    if line.startswith(FAILED):
        reason = line.removeprefix(FAILED).decode(errors="replace").strip()
        raise EngineError(f"{name} failed: {reason}")
    return line.decode(errors="replace").strip()
