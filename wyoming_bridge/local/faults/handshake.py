"""Faults that happen before an upgrade is answered."""

from typing import Final

from aiohttp import web

from ..tcp_connection import TcpConnection
from .fault import Fault, FaultKind

__all__ = ["INJECTED", "fail_handshake"]

INJECTED: Final = "told to fail"
"""The error text of injected faults. The server's own errors have other texts."""

_NOT_HTTP: Final = b"\x15\x03 told to fail\r\n\r\n"
"""Bytes that are not HTTP, but begin like a TLS alert. They end with an empty line, so that
a client does not wait for more."""


async def fail_handshake(fault: Fault, connection: TcpConnection) -> web.Response | None:
    """Inject the fault. Return the answer to the upgrade, or None if the upgrade continues."""
    match FaultKind(fault.kind):
        case FaultKind.REFUSE:
            return web.Response(status=503, text=INJECTED)
        case FaultKind.ERROR:
            body = {"code": fault.code, "message": INJECTED}
            return web.json_response(body, status=500, headers={"X-Error-Message": INJECTED})
        case FaultKind.CLOSE | FaultKind.HANG_UP:
            connection.close()
        case FaultKind.RESET:
            connection.reset()
        case FaultKind.RUBBISH:
            connection.write(_NOT_HTTP)
            connection.close()
        case FaultKind.HALF_OPEN | FaultKind.SILENT:
            await connection.hold()
            connection.abort()
        case FaultKind.SLOW:
            if await connection.hold(fault.delay_s or 0):
                return None
    return web.Response(status=503)  # not sent, because the connection is closed
