"""Faults before the answer to an upgrade."""

from typing import Final

from aiohttp import web

from ..tcp_connection import TcpConnection
from .fault import Fault, FaultKind

__all__ = ["TOLD", "fail_handshake"]

TOLD: Final = "told to fail"
"""So that nobody takes it for a fault of our own."""

_NOT_HTTP: Final = b"\x15\x03 told to fail\r\n\r\n"
"""A line, so that a client need not wait for more; it begins as a TLS alert does."""


async def fail_handshake(fault: Fault, connection: TcpConnection) -> web.Response | None:
    """Have the fault; None: the upgrade goes on."""
    match FaultKind(fault.kind):
        case FaultKind.REFUSE:
            return web.Response(status=503, text=TOLD)
        case FaultKind.ERROR:
            body = {"code": fault.code, "message": TOLD}
            return web.json_response(body, status=500, headers={"X-Error-Message": TOLD})
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
    return web.Response(status=503)  # that nobody is left to read
