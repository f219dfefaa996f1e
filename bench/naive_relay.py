"""The simplest possible relay, as a reference for the bridge.

It uses the same libraries as the bridge: wyoming's AsyncServer and websockets' client. It forwards
each chunk at once, with Reson8's protocol and without any error handling.
"""

import argparse
import asyncio
import json
from functools import partial

from websockets.asyncio.client import ClientConnection, connect
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncServer


class NaiveHandler(AsyncEventHandler):
    """The connection of one client."""

    def __init__(
        self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(reader, writer)
        self._url = url
        self._service: ClientConnection | None = None

    async def handle_event(self, event: Event) -> bool:
        """Relay an event, and wait for the service at the end of the audio."""
        if AudioChunk.is_type(event.type):
            if self._service:
                await self._service.send(AudioChunk.from_event(event).audio)
        elif AudioStart.is_type(event.type):
            # The bridge does not compress either, because compression does not make speech smaller.
            self._service = await connect(self._url, compression=None, proxy=None)
        elif AudioStop.is_type(event.type) and self._service:
            text = await _final(self._service)
            await self.write_event(Transcript(text=text).event())
            await self.disconnect()
        return True

    async def disconnect(self) -> None:
        """Close the session."""
        if self._service:
            await self._service.close()
            self._service = None


async def _final(service: ClientConnection) -> str:
    """Flush, and return the text that was received before the confirmation."""
    await service.send(json.dumps({"type": "flush_request", "id": "1"}))
    texts: list[str] = []
    async for received in service:
        message = json.loads(received)
        match message["type"]:
            case "transcript" if message.get("is_final", True):
                texts.append(message["text"])
            case "flush_confirmation":
                break
            case _:
                pass
    return " ".join(texts)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uri", required=True, help="address to listen at, tcp://host:port")
    parser.add_argument("--url", required=True, help="base address of the service, ws://host:port")
    arguments = parser.parse_args()
    url = f"{arguments.url}/v1/speech-to-text/realtime?encoding=pcm_s16le&include_interim=true"
    asyncio.run(AsyncServer.from_uri(arguments.uri).run(partial(NaiveHandler, url)))


if __name__ == "__main__":
    main()
