"""An HTTP proxy on a real socket, and a host whose first address never answers."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")

SERVICE = "service.invalid"
"""A name that no resolver knows, so only a proxy can connect to it."""


class HttpProxy:
    """A proxy that connects each client to the same server, regardless of the requested host."""

    def __init__(self) -> None:
        self.port = 0
        self.target = ("127.0.0.1", 0)
        self.heads: list[str] = []
        """The requests: request line and headers."""
        self.answer: bytes | None = None
        """What the proxy answers to every request, instead of connecting; None to connect."""
        self.established = b"HTTP/1.1 200 Connection established\r\n\r\n"
        """What the proxy answers when it has connected."""
        self.mute = False
        """Whether the proxy never answers."""
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    @property
    def asked(self) -> list[str]:
        """The request lines."""
        return [head.partition("\r\n")[0] for head in self.heads]

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer), name="proxy")
        self._connections[writer] = serving

    async def stop(self) -> None:
        """Close all connections."""
        for writer, serving in self._connections.items():
            serving.cancel()
            writer.close()
            await asyncio.gather(serving, writer.wait_closed(), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            async with AsyncExitStack() as stack:
                stack.callback(writer.close)
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                if self.mute:
                    await reader.read()
                if self.answer is not None:
                    writer.write(self.answer)
                    return
                beyond, to_server = await asyncio.open_connection(*self.target)
                stack.callback(to_server.close)
                if head.startswith(b"CONNECT"):
                    writer.write(self.established)
                else:
                    to_server.write(head)
                async with asyncio.TaskGroup() as copying:
                    copying.create_task(_copy(beyond, writer))
                    copying.create_task(_copy(reader, to_server))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
        sink.close()


@asynccontextmanager
async def http_proxy(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpProxy]:
    """Run a proxy, to which the connection is encrypted if ``tls`` is not None."""
    proxy = HttpProxy()
    async with await asyncio.start_server(proxy.take, "127.0.0.1", 0, ssl=tls) as server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy
        await proxy.stop()


@contextmanager
def black_hole(host: str, port: int) -> Iterator[int]:
    """Occupy an address that never answers, like a host behind a broken route; yield its port.

    The socket accepts no connection, and its queue is full, so Linux ignores further connections.
    """
    with socket.socket() as deaf, socket.socket() as one, socket.socket() as other:
        deaf.bind((host, port))
        deaf.listen(0)
        for waiting in (one, other):
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


TWO_ADDRESSES = "two-addresses.invalid"
FIRST, SECOND = "127.0.0.2", "127.0.0.1"
"""The addresses of ``TWO_ADDRESSES``, in the order in which the resolver returns them."""


class _Loop(asyncio.SelectorEventLoop):
    async def getaddrinfo(  # type: ignore[override] - only for one host name
        self, host: str, port: int, **options: int
    ) -> list[tuple[object, ...]]:
        if host != TWO_ADDRESSES:
            return await super().getaddrinfo(host, port, **options)
        stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*stream, (address, port)) for address in (FIRST, SECOND)]


def with_two_addresses(scenario: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Turn a coroutine function into a test whose resolver knows ``TWO_ADDRESSES``."""

    @wraps(scenario)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=_Loop, debug=True) as runner:
            runner.run(scenario(*args, **kwargs))

    return test
