"""A minimal service with Reson8's protocol, which only counts bytes.

Its transcript consists of two numbers. The first is the number of audio bytes that the service
received, so that a client can check that all of them arrived. The second is the time at which the
service sent the transcript, in seconds of this machine's monotonic clock.
"""

import argparse
import asyncio
import json
import time

from websockets.asyncio.server import ServerConnection, serve


async def listen(client: ServerConnection) -> None:
    """Serve one session."""
    size = 0
    async for message in client:
        if isinstance(message, bytes):
            size += len(message)
            continue
        request = json.loads(message)
        text = f"{size} {time.monotonic()}"
        await client.send(json.dumps({"type": "transcript", "text": text, "is_final": True}))
        await client.send(json.dumps({"type": "flush_confirmation", "id": request.get("id")}))


async def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    async with serve(listen, "127.0.0.1", arguments.port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
