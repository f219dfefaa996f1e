"""A service that knows the words of each take, so that only the end of speech is measured.

The service speaks Reson8's protocol. It recognises a take by its first 100 ms, which are different
in each take. It reports a word 300 ms after the word's end, and answers a flush with the words
that ended in the audio so far.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from spoken import Take
from streams import BYTES_PER_MS
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from wyoming_bridge.providers.reson8.messages import FlushConfirmation, Reson8Transcript
from wyoming_bridge.providers.reson8.reader import read_client_message

__all__ = ["KnownWords"]

_KEY_BYTES: Final = 100 * BYTES_PER_MS

PARTIAL_AFTER_MS: Final = 300
"""The time from the end of a word to its partial text. Real services took 200 to 450 ms."""


class KnownWords:
    """The service. It knows the words of takes that were added before. Other audio has no words."""

    def __init__(self, *, flush_delay_s: float) -> None:
        self._flush_delay_s = flush_delay_s
        self._takes: dict[bytes, Take] = {}

    def add(self, takes: Iterable[Take]) -> None:
        """Add takes that the service must know."""
        self._takes |= {take.pcm[:_KEY_BYTES]: take for take in takes}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen on a free port, and yield the URL."""
        async with serve(self._handle, "127.0.0.1", 0, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            yield f"ws://127.0.0.1:{port}"

    async def _handle(self, connection: ServerConnection) -> None:
        async with asyncio.TaskGroup() as tasks:
            session = _Session(connection, self._takes)
            with suppress(ConnectionClosed):
                async for message in connection:
                    if isinstance(message, bytes):
                        await session.hear(message)
                    else:
                        flush = read_client_message(message)
                        tasks.create_task(self._answer(session, session.text(), flush.id))

    async def _answer(self, session: "_Session", text: str, flush_id: str | None) -> None:
        await asyncio.sleep(self._flush_delay_s)
        with suppress(ConnectionClosed):
            await session.confirm(text, flush_id)


class _Session:
    """The words of one connection. Times are ms from the first audio of the connection."""

    def __init__(self, connection: ServerConnection, takes: dict[bytes, Take]) -> None:
        self._connection = connection
        self._takes = takes
        self._audio = bytearray()
        self._size = 0
        self._words: Sequence[tuple[str, int]] = ()
        self._is_known = False
        self._begin = 0
        self._partial = ""

    async def hear(self, pcm: bytes) -> None:
        self._size += len(pcm)
        if not self._is_known:
            self._audio += pcm
            if len(self._audio) < _KEY_BYTES:
                return
            self._is_known = True
            if take := self._takes.get(bytes(self._audio[:_KEY_BYTES])):
                self._words = take.words
        partial = self._spoken(self._now_ms - PARTIAL_AFTER_MS)
        if partial and partial != self._partial:
            self._partial = partial
            await self._connection.send(Reson8Transcript(text=partial, is_final=False).to_json())

    def text(self) -> str:
        """Return the text that answers a flush: the words since the previous flush."""
        text = self._spoken(self._now_ms)
        self._begin += len(text.split())
        self._partial = ""
        return text

    async def confirm(self, text: str, flush_id: str | None) -> None:
        """Send the final text, if there is any, and the answer to the flush."""
        if text:
            await self._connection.send(Reson8Transcript(text=text, is_final=True).to_json())
        await self._connection.send(FlushConfirmation(id=flush_id).to_json())

    @property
    def _now_ms(self) -> int:
        return self._size // BYTES_PER_MS

    def _spoken(self, until_ms: int) -> str:
        return " ".join(word for word, end_ms in self._words[self._begin :] if end_ms <= until_ms)
