"""Wyoming speech-to-text on realtime websocket services.

The names below are the library; what a module's ``__all__`` holds beyond them is for the package.
They are imported when they are first used, so that a program pays only for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .version import VERSION

if TYPE_CHECKING:
    from .app import Backends, BridgeApp
    from .audio import AudioFormat, Encoding
    from .client import Answer, transcribe
    from .config import Config, LocalBackend, Profile
    from .config.file import load_config
    from .errors import BridgeError
    from .providers.options import Settings
    from .transcriber import Result, Revision, Utterance

__all__ = [
    "VERSION",
    "Answer",
    "AudioFormat",
    "Backends",
    "BridgeApp",
    "BridgeError",
    "Config",
    "Encoding",
    "LocalBackend",
    "Profile",
    "Result",
    "Revision",
    "Settings",
    "Utterance",
    "load_config",
    "transcribe",
]

_HOMES = {
    "app": ("Backends", "BridgeApp"),
    "audio": ("AudioFormat", "Encoding"),
    "client": ("Answer", "transcribe"),
    "config": ("Config", "LocalBackend", "Profile"),
    "config.file": ("load_config",),
    "errors": ("BridgeError",),
    "providers.options": ("Settings",),
    "transcriber": ("Result", "Revision", "Utterance"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(f".{home}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
