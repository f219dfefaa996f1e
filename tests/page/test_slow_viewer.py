"""A page that does not read what it is sent, over a real socket."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from pages import browsing_page, page_config
from patience import PATIENCE_S
from wyoming_bridge.page.live import MAX_VIEWERS

pytestmark = pytest.mark.once

SPEECH = bytes([9, 3]) * 160_000

UTTERANCES = 30
"""So many utterances cause about 4,000 messages, 1 MB in total: more than the buffers of the system
and of the bridge hold."""

UPGRADE = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def test_a_page_that_reads_nothing_is_disconnected_and_others_see_everything(
    tmp_path: Path, speak
) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, address):
        host = browser.url.removeprefix("http://").rstrip("/")
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            slow.connect(("127.0.0.1", int(host.rpartition(":")[2])))
            slow.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(slow, UPGRADE.format(host=host).encode())
            assert b"101 Switching" in await loop.sock_recv(slow, 30)

            async with browser.socket("live") as live, asyncio.timeout(PATIENCE_S):
                await live.receive_json()
                for _ in range(UTTERANCES):
                    await speak(address, SPEECH)
                    message = {}
                    while message.get("kind") != "end":
                        message = await live.receive_json()
                    assert message["text"]
                # The slow page loses its place long before the bridge would miss the page's pongs.
                others = [await browser.socket("live") for _ in range(MAX_VIEWERS - 1)]
                await asyncio.gather(*(each.close() for each in others))
                # The slow page can still read what was sent, and then the end of the connection.
                with suppress(ConnectionResetError):
                    while await loop.sock_recv(slow, 65536):
                        pass
