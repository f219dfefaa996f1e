"""Speech-to-text for Wyoming clients, with realtime websocket services.

The names below are the public library. Other names in a module's ``__all__`` are internal.
A name is imported when it is first used, so that a process loads only what it needs.
"""

from typing import TYPE_CHECKING

from .lazy import lazy_names
from .version import VERSION

if TYPE_CHECKING:
    from .access import is_loopback
    from .app.backends import Backends
    from .app.bridge import BridgeApp
    from .app.engine_languages import engine_languages
    from .audio import PCM_16K_MONO, AudioFormat, Encoding
    from .capabilities import Capabilities, ProfileCapabilities
    from .client import (
        BridgeInfo,
        BridgeProfile,
        PagePlace,
        describe,
        tls_context,
        transcribe,
        verify,
    )
    from .config import DEFAULT_ADDRESS, Access, Address, Config, LocalBackend, Profile
    from .config.file import load_config
    from .diagnosis.bridge_profile import try_profile
    from .diagnosis.check import check
    from .diagnosis.probe import probe
    from .diagnosis.steps import CheckOutcome, Step, StepName
    from .endpointing import (
        RECORDING,
        ConnectPolicy,
        Ending,
        Endpoint,
        Endpointing,
        EndpointSource,
        SilenceRule,
    )
    from .errors import (
        AccessError,
        AudioFormatError,
        AuthenticationError,
        BridgeError,
        BudgetError,
        ConfigError,
        ConnectError,
        ConnectionLostError,
        ConnectTimeoutError,
        ErrorText,
        FinalTimeoutError,
        LocalError,
        MediaError,
        MediaProblem,
        NotListedError,
        ProtocolViolationError,
        QuotaError,
        RateLimitedError,
        RemoteError,
        RequestError,
        ServiceError,
        ServiceRequestError,
        StartingError,
        StateError,
        TermsError,
        UnprovenError,
    )
    from .events import SessionStarted, Word
    from .home.names import Registries, house_of
    from .house import Area, Completeness, Floor, House, HouseEntity, RepairMode, likely_names
    from .house.inlining import own_skip_words, self_contained
    from .json_fields import JsonFields
    from .languages import is_same_language, with_regions
    from .media.decoding import decoded
    from .media.source import stream_audio
    from .options import Option, options_of
    from .providers.contract import HttpAnswer, HttpRequest
    from .providers.elevenlabs import ElevenLabsSettings
    from .providers.openai import OpenAISettings
    from .providers.registry import PROVIDERS, Provider, ProviderName, new_client
    from .providers.reson8 import Reson8Settings
    from .providers.scriptix import ScriptixSettings
    from .providers.settings import Settings
    from .recorder import Kept, Observe, Recorder, RecorderSettings, Recording, Store
    from .recorder.export import export
    from .session import Connector, WebsocketConnector
    from .transcriber import (
        Limits,
        RequestOptions,
        Result,
        Revision,
        TextStyle,
        Timing,
        Utterance,
        Via,
        new_utterance_id,
    )

__all__ = [
    "DEFAULT_ADDRESS",
    "PCM_16K_MONO",
    "PROVIDERS",
    "RECORDING",
    "VERSION",
    "Access",
    "AccessError",
    "Address",
    "Area",
    "AudioFormat",
    "AudioFormatError",
    "AuthenticationError",
    "Backends",
    "BridgeApp",
    "BridgeError",
    "BridgeInfo",
    "BridgeProfile",
    "BudgetError",
    "Capabilities",
    "CheckOutcome",
    "Completeness",
    "Config",
    "ConfigError",
    "ConnectError",
    "ConnectPolicy",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "Connector",
    "ElevenLabsSettings",
    "Encoding",
    "Ending",
    "Endpoint",
    "EndpointSource",
    "Endpointing",
    "ErrorText",
    "FinalTimeoutError",
    "Floor",
    "House",
    "HouseEntity",
    "HttpAnswer",
    "HttpRequest",
    "JsonFields",
    "Kept",
    "Limits",
    "LocalBackend",
    "LocalError",
    "MediaError",
    "MediaProblem",
    "NotListedError",
    "Observe",
    "OpenAISettings",
    "Option",
    "PagePlace",
    "Profile",
    "ProfileCapabilities",
    "ProtocolViolationError",
    "Provider",
    "ProviderName",
    "QuotaError",
    "RateLimitedError",
    "Recorder",
    "RecorderSettings",
    "Recording",
    "Registries",
    "RemoteError",
    "RepairMode",
    "RequestError",
    "RequestOptions",
    "Reson8Settings",
    "Result",
    "Revision",
    "ScriptixSettings",
    "ServiceError",
    "ServiceRequestError",
    "SessionStarted",
    "Settings",
    "SilenceRule",
    "StartingError",
    "StateError",
    "Step",
    "StepName",
    "Store",
    "TermsError",
    "TextStyle",
    "Timing",
    "UnprovenError",
    "Utterance",
    "Via",
    "WebsocketConnector",
    "Word",
    "check",
    "decoded",
    "describe",
    "engine_languages",
    "export",
    "house_of",
    "is_loopback",
    "is_same_language",
    "likely_names",
    "load_config",
    "new_client",
    "new_utterance_id",
    "options_of",
    "own_skip_words",
    "probe",
    "self_contained",
    "stream_audio",
    "tls_context",
    "transcribe",
    "try_profile",
    "verify",
    "with_regions",
]

_HOMES = {
    "access": "is_loopback",
    "app.backends": "Backends",
    "app.bridge": "BridgeApp",
    "audio": "PCM_16K_MONO AudioFormat Encoding",
    "client": "BridgeInfo BridgeProfile PagePlace describe tls_context transcribe verify",
    "config": "DEFAULT_ADDRESS Access Address Config LocalBackend Profile",
    "config.file": "load_config",
    "diagnosis.bridge_profile": "try_profile",
    "diagnosis.check": "check",
    "app.engine_languages": "engine_languages",
    "diagnosis.probe": "probe",
    "diagnosis.steps": "CheckOutcome Step StepName",
    "endpointing": "RECORDING ConnectPolicy Ending Endpoint EndpointSource Endpointing SilenceRule",
    "errors": "AccessError AudioFormatError AuthenticationError BridgeError BudgetError "
    "ConfigError ConnectError ConnectTimeoutError ConnectionLostError ErrorText FinalTimeoutError "
    "LocalError MediaError MediaProblem NotListedError ProtocolViolationError QuotaError "
    "RateLimitedError RemoteError RequestError ServiceError ServiceRequestError "
    "StartingError StateError TermsError UnprovenError",
    "events": "SessionStarted Word",
    "home.names": "Registries house_of",
    "house": "Area Completeness Floor House HouseEntity RepairMode likely_names",
    "house.inlining": "own_skip_words self_contained",
    "json_fields": "JsonFields",
    "languages": "is_same_language with_regions",
    "media.decoding": "decoded",
    "media.source": "stream_audio",
    "options": "Option options_of",
    "capabilities": "Capabilities ProfileCapabilities",
    "providers.contract": "HttpAnswer HttpRequest",
    "providers.elevenlabs": "ElevenLabsSettings",
    "providers.openai": "OpenAISettings",
    "providers.registry": "PROVIDERS Provider ProviderName new_client",
    "providers.reson8": "Reson8Settings",
    "providers.scriptix": "ScriptixSettings",
    "providers.settings": "Settings",
    "recorder": "Kept Observe Recorder RecorderSettings Recording Store",
    "recorder.export": "export",
    "session": "Connector WebsocketConnector",
    "transcriber": "Limits RequestOptions Result Revision TextStyle Timing Utterance Via "
    "new_utterance_id",
}

__getattr__ = lazy_names(__name__, _HOMES)
