"""Asks a host a question that the host answers with one line."""

import asyncio
from collections.abc import Iterable

from ...engine import EngineError
from .host import Host
from .wire import LENGTH

__all__ = ["ask"]


async def ask(
    host: Host, kind: bytes, frames: Iterable[bytes], *, name: str, limit_s: float
) -> str:
    """Send frames on a new socket, and return the line that answers them.

    ``kind`` is the order to the host, such as ``SCORE``. ``name`` is the engine's, for errors.

    Raises:
        EngineError: The process has ended, or does not answer within ``limit_s`` seconds.
    """
    reader, writer = await asyncio.open_connection(sock=host.connect(kind))
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
    finally:
        writer.transport.abort()
    if not line.endswith(b"\n"):
        raise EngineError(f"the {name} process {host.pid} ended unexpectedly")
    return line.decode(errors="replace").strip()
