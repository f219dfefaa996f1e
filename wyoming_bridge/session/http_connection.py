"""Sends an HTTP request on a connection. h11 reads and writes the protocol, and asyncio does I/O.

Hard rules:

- Only the beginning of the body is read, up to a limit. The services answer with one line of JSON.
- The whole answer has a limit too, because a server can send interim responses, or the headers of
  tiny chunks, without end. Other tasks run after each piece of the answer.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Final

import h11

from ..rest import rest_s
from .connecting import connect
from .proxies import Proxy

__all__ = ["HttpConnection", "ResponseReader"]

_MAX_ANSWER_BYTES: Final = 64 * 1024

_MAX_RECEIVED_BYTES: Final = 4 * _MAX_ANSWER_BYTES
"""The most bytes that are read of an answer, with interim responses, headers and the sizes of
chunks."""

_READ_BYTES: Final = 16 * 1024
"""The most bytes that are parsed in one turn of the event loop."""


class ResponseReader(asyncio.StreamReader):
    """A reader that notes the end of the stream when it arrives, before all data is read."""

    has_ended = False

    def feed_eof(self) -> None:
        """Note the end of the stream."""
        self.has_ended = True
        super().feed_eof()


class HttpConnection:
    """A connection for one request. Its owner aborts ``transport``."""

    def __init__(self, *, reader: ResponseReader, transport: asyncio.Transport) -> None:
        self._reader = reader
        self._machine = h11.Connection(h11.CLIENT)
        self.transport: Final = transport

    @classmethod
    async def to_host(
        cls, host: str, port: int, *, ssl_context: ssl.SSLContext | None
    ) -> "HttpConnection":
        """Connect to a host, with TLS if there is a context.

        Raises:
            OSError: The host cannot be reached, or the TLS handshake failed.
        """
        reader = ResponseReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await connect(protocol, host, port, ssl_context=ssl_context)
        return cls(reader=reader, transport=transport)

    @classmethod
    async def to_proxy(cls, proxy: Proxy) -> "HttpConnection":
        """Connect to a proxy itself.

        Raises:
            OSError: The proxy cannot be reached, or the TLS handshake with it failed.
        """
        context = ssl.create_default_context() if proxy.encrypted else None
        return await cls.to_host(proxy.host, proxy.port, ssl_context=context)

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[h11.Response, bytes]:
        """Send a request, and return the answer with the beginning of its body.

        Raises:
            OSError: The connection is lost, or was closed without an answer.
            h11.LocalProtocolError: The request cannot be written as HTTP.
            h11.RemoteProtocolError: The answer is not HTTP, or it is not complete.
        """
        machine = self._machine
        request = h11.Request(method=method, target=target, headers=list(headers.items()))
        parts = (request, h11.Data(data=body), h11.EndOfMessage())
        self.transport.write(b"".join(machine.send(part) or b"" for part in parts))
        response: h11.Response | None = None
        answer, received, parsing_s = b"", 0, 0.0
        while len(answer) < _MAX_ANSWER_BYTES:
            began = time.thread_time()
            event = machine.next_event()
            parsing_s += time.thread_time() - began
            if event is h11.NEED_DATA:
                if received >= _MAX_RECEIVED_BYTES:
                    break
                await asyncio.sleep(rest_s(parsing_s))
                data = await self._reader.read(_READ_BYTES)
                if not data and not received:
                    raise ConnectionResetError
                received += len(data)
                parsing_s = 0.0
                machine.receive_data(data)
            elif isinstance(event, h11.Response):
                response = event
                if method == "CONNECT":
                    break
            elif isinstance(event, h11.Data):
                answer += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
        if response is None:
            raise h11.RemoteProtocolError("the answer is too large, or was cut off")
        return response, answer[:_MAX_ANSWER_BYTES]

    async def leave(self) -> tuple[bytes, bool]:
        """Read nothing more. Return what was received after the answer, and whether it was the end.

        ``transport`` must get another protocol before the event loop's next turn.
        """
        has_ended = self._reader.has_ended
        self._reader.feed_eof()
        return self._machine.trailing_data[0] + await self._reader.read(), has_ended
