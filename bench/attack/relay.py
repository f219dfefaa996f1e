"""Plays Home Assistant: passes the utterances of its satellites to a bridge, with our client.

Meanwhile it calls other bridges again and again, which may be hostile: it asks what they offer, and
lets them transcribe. All this runs in one event loop, as in Home Assistant, so the bystander sees
what a hostile bridge does to it. SIGTERM ends the program. Run it as ``python -m
bench.attack.relay``.
"""

import argparse
import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from wyoming.event import Event, async_read_event, async_write_event

from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.client import describe, transcribe
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.transcriber import Result

__all__: list[str] = []

_HOST: Final = "127.0.0.1"
_TOKEN: Final = "0123456789abcdef"  # noqa: S105 - made up
_PIECE: Final = b"\1\2" * 1600

_PIECES: Final = 5
"""Half a second of audio."""

_DESCRIBED_WITHIN_S: Final = 20.0
"""The longest time for an answer of ``describe``: 5 s for the connection, for each step of the
proof and for the answer, on a machine that is busy."""

_log = logging.getLogger(__name__)


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, bridge_port: int
) -> None:
    """Serve a satellite: answer pings, and pass its utterance to the bridge."""

    async def audio() -> AsyncIterator[bytes]:
        while (event := await async_read_event(reader)) and event.type != "audio-stop":
            if event.payload:
                yield event.payload

    try:
        while event := await async_read_event(reader):
            if event.type == "ping":
                await async_write_event(Event(type="pong"), writer)
            elif event.type == "audio-start":
                text = await _text_of(audio(), port=bridge_port)
                await async_write_event(Event(type="transcript", data={"text": text}), writer)
    except OSError:
        pass  # the satellite has left
    finally:
        writer.close()


async def _text_of(audio: AsyncIterator[bytes], *, port: int) -> str:
    try:
        async for update in transcribe(audio, source=PCM_16K_MONO, host=_HOST, port=port):
            if isinstance(update, Result):
                return update.text
    except BridgeError as error:
        return f"{error.code}: {error}"
    return "no result"


async def _call_on(name: str, call: Callable[[], Awaitable[object]], *, within_s: float) -> None:
    """Call a bridge again and again. Each call must end within a time, with or without an error."""
    while True:
        try:
            async with asyncio.timeout(within_s):
                await call()
        except BridgeError:
            pass
        except TimeoutError:
            _log.error("%s has no end", name)
        await asyncio.sleep(0.01)


async def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bridge_port", type=int)
    parser.add_argument("hostile_port", type=int)
    parser.add_argument("--calls", type=int, default=2, help="calls of each kind at a time")
    options = parser.parse_args()
    port: int = options.hostile_port

    async def spoken() -> AsyncIterator[bytes]:
        for _ in range(_PIECES):
            yield _PIECE
            await asyncio.sleep(0.1)

    async def utterance() -> None:
        async for _ in transcribe(spoken(), source=PCM_16K_MONO, host=_HOST, port=port):
            pass

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "describe": lambda: describe(host=_HOST, port=port),
        "describe with a token": lambda: describe(host=_HOST, port=port, token=_TOKEN),
    }
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S", level="INFO"
    )
    server = await asyncio.start_server(
        lambda reader, writer: relay(reader, writer, bridge_port=options.bridge_port), _HOST, 0
    )
    print(f"Listening at tcp://{_HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    tasks = [
        asyncio.create_task(_call_on(name, call, within_s=_DESCRIBED_WITHIN_S))
        for name, call in calls.items()
        for _ in range(options.calls)
    ]
    # An utterance may take longer than the attack: until 90 s after its end.
    tasks += [
        asyncio.create_task(_call_on("transcribe", utterance, within_s=120))
        for _ in range(options.calls)
    ]
    await stopped.wait()
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            _log.error("a call failed: %r", end)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
