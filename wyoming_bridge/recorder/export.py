"""Writes a recording to a ZIP file that can be shown to others."""

import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..version import VERSION
from .recording import Recording
from .store import Kept
from .trace import TraceEvent

__all__ = ["export", "redacted"]

_HIDDEN: Final = "(removed)"

_SECRETS: Final = (
    re.compile(
        r"""(?ix) ((?:api[-_]?key|token|secret|password)["']?\s*[:=]\s*["']?) [^\s"'&,}]{6,}"""
    ),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[^\s\"',}]{6,}"),
)
"""Texts that look like the name of a secret and then the secret, such as ``token=...``,
``"api_key":"..."`` or ``Bearer ...``."""


def export(kept: Kept, target: Path, *, secrets: Iterable[str], with_audio: bool) -> None:
    """Write a recording to a new ZIP file, without secrets and without the client's address.

    Raises:
        ConfigError: The recording cannot be read.
        OSError: The file exists, or cannot be written.
    """
    recording = redacted(kept.read(), secrets=secrets)
    with zipfile.ZipFile(target, "x", compression=zipfile.ZIP_DEFLATED) as file:
        about = {"wyoming_bridge": VERSION, "with_audio": with_audio}
        file.writestr("about.json", json.dumps(about))
        file.writestr("recording.json", recording.to_json())
        if with_audio:
            file.write(kept.audio, "audio.flac", compress_type=zipfile.ZIP_STORED)


def redacted(recording: Recording, *, secrets: Iterable[str]) -> Recording:
    """Return a recording without secrets, and without the address of the client.

    Recordings should contain no secrets anyway. As a second safeguard, this function removes the
    given ``secrets`` of the configuration, and everything that looks like a secret.
    """
    known = [each for each in secrets if each]

    def clean(value: object) -> object:
        match value:
            case str():
                for secret in known:
                    value = value.replace(secret, _HIDDEN)
                for secret_like in _SECRETS:
                    value = secret_like.sub(rf"\1{_HIDDEN}", value)
                return value
            case Mapping():
                return {clean_name(name): clean(each) for name, each in value.items()}
            case list() | tuple():
                return [clean(each) for each in value]
            case _:
                return value

    def clean_name(name: object) -> str:
        return str(clean(str(name)))

    def clean_event(event: TraceEvent) -> TraceEvent:
        return replace(
            event, values={clean_name(name): clean(each) for name, each in event.values.items()}
        )

    return replace(
        recording,
        client=None,
        request={clean_name(name): clean(each) for name, each in recording.request.items()},
        events=[clean_event(each) for each in recording.events],
    )
