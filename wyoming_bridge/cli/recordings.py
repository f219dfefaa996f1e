"""The commands ``recordings ...``, which show, play, replay, export and delete recordings."""

import argparse
import asyncio
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from ..app.recordings import new_store, secrets_of
from ..config import Config
from ..errors import ConfigError, DependencyError, reason_of
from ..house import House
from ..recorder import EventKind, Kept, Recording, Store, TraceEvent
from ..transcriber import RequestOptions
from .codes import ExitCode
from .output import print_json

__all__ = ["run_recordings"]

_PLAYERS: Final = (
    ("pw-play",),
    ("paplay",),
    ("afplay",),
    ("ffplay", "-autoexit", "-nodisp", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
)
"""Commands that play a FLAC file, in the order in which they are looked for."""


def run_recordings(arguments: argparse.Namespace) -> int:
    """Run one of the commands, and return its exit code.

    Raises:
        ConfigError: There is no such recording, or a file cannot be read or written.
        DependencyError: No program that can play the audio was found.
        BridgeError: A replay has no transcript; the error says why.
    """
    config = Config()
    if arguments.config:
        from ..config.file import load_config

        config = load_config(arguments.config)
    store = _store(arguments, config)
    match arguments.action:
        case "list":
            _list(store, as_json=arguments.json)
        case "show":
            _show(store.find(arguments.id).read(), as_json=arguments.json)
        case "play":
            return _play(store.find(arguments.id))
        case "replay":
            return _replay(store.find(arguments.id), arguments, config)
        case "truth":
            kept = store.find(arguments.id)
            truth = None if arguments.remove else arguments.text.strip()
            store.change(kept, kept.read().with_truth(truth))
        case "export":
            _export(store.find(arguments.id), arguments, config)
        case _:
            _delete(store, arguments)
    return ExitCode.DONE


def _store(arguments: argparse.Namespace, config: Config) -> Store:
    if arguments.folder is None:
        return new_store(config)
    if not arguments.folder.is_dir():
        raise ConfigError(f"--folder: {arguments.folder} is not a folder")
    return Store.of(arguments.folder)


def _list(store: Store, *, as_json: bool) -> None:
    found = store.kept()
    if not found:
        print(
            f"wyoming-bridge: no recordings in {store.folder}; the recorder is on if the "
            "configuration has `recorder`",
            file=sys.stderr,
        )
    for kept in found:
        try:
            recording = kept.read()
        except ConfigError as error:
            print(f"wyoming-bridge: {error}", file=sys.stderr)
            continue
        if as_json:
            print_json(_facts(recording), output=sys.stdout)
        else:
            began = recording.began_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            print(f"{recording.id}  {began}  {recording.profile}  {_outcome(recording)}")


def _facts(recording: Recording) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": recording.id,
        "began_at": recording.began_at.isoformat(timespec="milliseconds"),
        "profile": recording.profile,
        "provider": recording.provider,
        "client": recording.client,
        "via": recording.via,
        "requested": recording.requested,
        "house": _names(recording.house),
        "audio_ms": round(recording.audio_ms),
        "text": recording.text,
        "error": recording.error,
        "why_ended": recording.why_ended,
        "truth": recording.truth,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _names(house: House | None) -> str | None:
    if house is None:
        return None
    return f"{len(house.terms())} names, {len(house.sentences)} sentences"


def _outcome(recording: Recording) -> str:
    if recording.error is not None:
        return f"error: {recording.error}"
    return recording.text or "(no words)"


def _show(recording: Recording, *, as_json: bool) -> None:
    if as_json:
        print(recording.to_json())
        return
    for name, value in _facts(recording).items():
        print(f"{name + ':':12}{value}")
    print()
    for event in recording.events:
        print(f"{event.at_ms:9.0f} ms  {event.kind:<16}{_detail(event)}")


def _detail(event: TraceEvent) -> str:
    values = event.values
    match event.kind:
        case EventKind.MESSAGE:
            arrow = "->" if values.get("direction") == "sent" else "<-"
            size = values.get("audio_bytes")
            text = values.get("text") or f"({size} bytes of audio)"
            return f"{values.get('attempt')} {arrow} {text}"
        case EventKind.RESULT:
            return str(values.get("text"))
        case EventKind.ENDPOINTING | EventKind.ENDPOINT:
            return " ".join(f"{name}={value}" for name, value in values.items())
        case EventKind.FINAL:
            return f"{values.get('attempt')} {values.get('text')}"
        case _:
            return " ".join(str(value) for value in values.values())


def _play(kept: Kept) -> int:
    for player in _PLAYERS:
        if program := shutil.which(player[0]):
            done = subprocess.run([program, *player[1:], str(kept.audio)], check=False)  # noqa: S603
            return ExitCode.DONE if done.returncode == 0 else ExitCode.INTERNAL_ERROR
    names = ", ".join(player[0] for player in _PLAYERS)
    raise DependencyError(f"no audio player was found ({names}); the recording is {kept.audio}")


def _replay(kept: Kept, arguments: argparse.Namespace, config: Config) -> int:
    from .transcribe import transcribe

    spoken = kept.read()
    as_before = argparse.Namespace(
        file=str(kept.audio),
        uri=None,
        name=None,
        access_token_file=None,
        ca_file=None,
        profile=arguments.profile,
        pace=arguments.pace,
        json=arguments.json,
    )
    options = RequestOptions(language=spoken.language, terms=spoken.terms, house=spoken.house)
    return asyncio.run(transcribe(as_before, config, client_options=options))


def _export(kept: Kept, arguments: argparse.Namespace, config: Config) -> None:
    from ..recorder.export import export

    try:
        export(
            kept,
            arguments.file,
            secrets=secrets_of(config),
            with_audio=not arguments.without_audio,
            with_house=arguments.with_house,
        )
    except OSError as err:
        raise ConfigError(f"{arguments.file}: {reason_of(err)}") from err
    print(arguments.file)


def _delete(store: Store, arguments: argparse.Namespace) -> None:
    kept: Sequence[Kept] = (
        store.kept() if arguments.all else [store.find(each) for each in arguments.id]
    )
    store.delete(kept)
    print(f"deleted {len(kept)}")
