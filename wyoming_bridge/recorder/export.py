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
from .trace_event import TraceEvent

__all__ = ["export", "redacted"]

_HIDDEN: Final = "(removed)"

_SECRETS: Final = (
    re.compile(
        r"""(?ix) ((?:api[-_]?key|token|secret|password)["']?\s*[:=]\s*["']?) [^\s"'&,}]{6,}"""
    ),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[^\s\"',}]{6,}"),
)
"""Patterns of a secret after its name, such as ``token=...``, ``"api_key":"..."`` or
``Bearer ...``."""


def export(
    kept: Kept, target: Path, *, secrets: Iterable[str], with_audio: bool, with_house: bool
) -> None:
    """Write a recording to a new ZIP file, without secrets and without the client's address.

    The names of rooms and devices in the client's house say more about a home than one utterance
    does. So the file contains the house only if ``with_house`` is set.

    Raises:
        ConfigError: The recording cannot be read.
        OSError: The file exists, or cannot be written.
    """
    recording = kept.read()
    recording = redacted(
        recording if with_house else replace(recording, house=None), secrets=secrets
    )
    about = {"wyoming_bridge": VERSION, "with_audio": with_audio, "with_house": with_house}
    with target.open("xb") as stream:
        try:
            with zipfile.ZipFile(stream, "w", compression=zipfile.ZIP_DEFLATED) as file:
                file.writestr("about.json", json.dumps(about))
                file.writestr("recording.json", recording.to_json())
                if with_audio:
                    file.write(kept.audio, "audio.flac", compress_type=zipfile.ZIP_STORED)
        except BaseException:
            target.unlink()  # otherwise the next export would fail, because the file exists
            raise


def redacted(recording: Recording, *, secrets: Iterable[str]) -> Recording:
    """Return a recording without secrets, and without the address of the client.

    Recordings should contain no secrets anyway. As a second safeguard, this function removes the
    given ``secrets`` of the configuration, and everything that looks like a secret.
    """
    known = [each for each in secrets if each]

    def clean_text(text: str) -> str:
        for secret in known:
            text = text.replace(secret, _HIDDEN)
        for secret_like in _SECRETS:
            text = secret_like.sub(rf"\1{_HIDDEN}", text)
        return text

    def clean(value: object) -> object:
        match value:
            case str():
                return clean_text(value)
            case Mapping():
                return {clean_text(str(name)): clean(each) for name, each in value.items()}
            case list() | tuple():
                return [clean(each) for each in value]
            case _:
                return value

    def clean_event(event: TraceEvent) -> TraceEvent:
        return replace(
            event, values={clean_text(name): clean(each) for name, each in event.values.items()}
        )

    return replace(
        recording,
        client=None,
        request={clean_text(name): clean(each) for name, each in recording.request.items()},
        house=recording.house.with_texts(clean_text) if recording.house else None,
        events=[clean_event(each) for each in recording.events],
    )
