"""Test doubles that are part of the package: a service in memory, and faults.

This connects a client to a service without a socket and without a clock::

    connector = FakeConnector(ScriptedServer.accept)
    session = RealtimeSession(
        client=ScriptedClient(), connector=connector, provider="scripted", on_event=print
    )

``FakeConnector`` connects the client of any provider to its server in the same way.
"""

from ..local.engines.scripted import scripted_words
from ..local.faults import Fault, FaultKind
from ..providers.emulator import UpgradeHandler
from .connector import FakeConnector
from .provider import SCRIPTED_CAPABILITIES, ScriptedClient, ScriptedServer
from .transport import FakeTransport

__all__ = [
    "SCRIPTED_CAPABILITIES",
    "FakeConnector",
    "FakeTransport",
    "Fault",
    "FaultKind",
    "ScriptedClient",
    "ScriptedServer",
    "UpgradeHandler",
    "scripted_words",
]
