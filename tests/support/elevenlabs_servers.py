"""Local servers that emulate ElevenLabs with the settings of a test."""

from serving import KEY
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour


def elevenlabs_server(
    *, engine: ScriptedEngine | None = None, fault: Fault | None = None, **behaviour: object
) -> LocalServer:
    return LocalServer(
        engine=engine or ScriptedEngine(),
        tokens=frozenset({KEY}),
        fault=fault,
        behaviour=Behaviour(services=(ElevenLabsBehaviour(**behaviour),)),
    )
