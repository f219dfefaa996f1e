"""Wyoming speech-to-text on realtime websocket services.

The names below are the library; what a module's ``__all__`` holds beyond them is for the package.
They are imported when they are first used, so that a program pays only for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .version import VERSION

if TYPE_CHECKING:
    from .app.backends import Backends
    from .app.bridge import BridgeApp
    from .audio import AudioFormat, Encoding
    from .client import BridgeInfo, BridgeProfile, describe, transcribe
    from .config import Access, Address, Config, LocalBackend, Profile
    from .config.file import load_config
    from .diagnosis.check import check
    from .diagnosis.probe import probe
    from .diagnosis.steps import Outcome, Step, StepName
    from .errors import (
        AccessError,
        AuthenticationError,
        BridgeError,
        BudgetError,
        ConfigError,
        ConnectError,
        ConnectTimeoutError,
        LocalError,
        MediaError,
        MediaProblem,
        NotListedError,
        ProtocolViolationError,
        QuotaError,
        RateLimitedError,
        RemoteError,
        RequestError,
        ServiceRequestError,
        StartingError,
        StateError,
        TermsError,
    )
    from .events import Word
    from .languages import with_regions
    from .media.decoding import decoded
    from .providers.contract import SERVICE_FORMAT, Capabilities, HttpAnswer, HttpRequest
    from .providers.elevenlabs import ElevenLabsSettings
    from .providers.options import Option, Settings, options_of
    from .providers.registry import PROVIDERS, Provider, ProviderName, new_client
    from .providers.reson8 import Reson8Settings
    from .providers.scriptix import ScriptixSettings
    from .session import Connector, WebsocketConnector
    from .transcriber import (
        RECORDING,
        Ending,
        Endpointing,
        Limits,
        Opening,
        Result,
        Revision,
        Timing,
        Utterance,
        Wanted,
        Who,
        Wording,
    )

__all__ = [
    "PROVIDERS",
    "RECORDING",
    "SERVICE_FORMAT",
    "VERSION",
    "Access",
    "AccessError",
    "Address",
    "AudioFormat",
    "AuthenticationError",
    "Backends",
    "BridgeApp",
    "BridgeError",
    "BridgeInfo",
    "BridgeProfile",
    "BudgetError",
    "Capabilities",
    "Config",
    "ConfigError",
    "ConnectError",
    "ConnectTimeoutError",
    "Connector",
    "ElevenLabsSettings",
    "Encoding",
    "Ending",
    "Endpointing",
    "HttpAnswer",
    "HttpRequest",
    "Limits",
    "LocalBackend",
    "LocalError",
    "MediaError",
    "MediaProblem",
    "NotListedError",
    "Opening",
    "Option",
    "Outcome",
    "Profile",
    "ProtocolViolationError",
    "Provider",
    "ProviderName",
    "QuotaError",
    "RateLimitedError",
    "RemoteError",
    "RequestError",
    "Reson8Settings",
    "Result",
    "Revision",
    "ScriptixSettings",
    "ServiceRequestError",
    "Settings",
    "StartingError",
    "StateError",
    "Step",
    "StepName",
    "TermsError",
    "Timing",
    "Utterance",
    "Wanted",
    "WebsocketConnector",
    "Who",
    "Word",
    "Wording",
    "check",
    "decoded",
    "describe",
    "load_config",
    "new_client",
    "options_of",
    "probe",
    "transcribe",
    "with_regions",
]

_HOMES = {
    "app.backends": "Backends",
    "app.bridge": "BridgeApp",
    "audio": "AudioFormat Encoding",
    "client": "BridgeInfo BridgeProfile describe transcribe",
    "config": "Access Address Config LocalBackend Profile",
    "config.file": "load_config",
    "diagnosis.check": "check",
    "diagnosis.probe": "probe",
    "diagnosis.steps": "Outcome Step StepName",
    "errors": "AccessError AuthenticationError BridgeError BudgetError ConfigError ConnectError "
    "ConnectTimeoutError LocalError MediaError MediaProblem NotListedError "
    "ProtocolViolationError QuotaError RateLimitedError RemoteError RequestError "
    "ServiceRequestError StartingError StateError TermsError",
    "events": "Word",
    "languages": "with_regions",
    "media.decoding": "decoded",
    "providers.contract": "SERVICE_FORMAT Capabilities HttpAnswer HttpRequest",
    "providers.elevenlabs": "ElevenLabsSettings",
    "providers.options": "Option Settings options_of",
    "providers.registry": "PROVIDERS Provider ProviderName new_client",
    "providers.reson8": "Reson8Settings",
    "providers.scriptix": "ScriptixSettings",
    "session": "Connector WebsocketConnector",
    "transcriber": "RECORDING Ending Endpointing Limits Opening Result Revision Timing Utterance "
    "Wanted Who Wording",
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names.split():
            value: object = getattr(import_module(f".{home}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
