"""The folder of the recordings. All functions block, so call them in a thread.

Each recording is a folder, named after its time and its id: ``20261129T131502Z-1f2e3d4c``. A
recording is written under a temporary name first, so a folder with its final name is complete.
Several programs may use the store at once.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from ..audio import AudioFormat
from ..errors import ConfigError, StateError
from .flac import read_flac, write_flac
from .recording import MAX_DATA_BYTES, RECORDING_ID, Recording
from .settings import RecorderSettings

__all__ = ["Kept", "Store", "TooLargeError"]

_DATA: Final = "recording.json"
_AUDIO: Final = "audio.flac"
_UNFINISHED: Final = "unfinished-"
_TIME: Final = "%Y%m%dT%H%M%SZ"

_FOR_EVER: Final = timedelta(days=36_500)

_MB: Final = 1_000_000

_PRIVATE: Final = 0o700
"""Only the user of the bridge may read what people said."""


class TooLargeError(Exception):
    """One recording is larger than the limit for all recordings together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recording that is in the store. Its files are read when they are needed."""

    folder: Path
    id: str
    began_at: datetime

    @property
    def audio(self) -> Path:
        """The FLAC file, 16 kHz mono."""
        return self.folder / _AUDIO

    def read_audio(self) -> bytes:
        """Return the audio in ``PCM_16K_MONO``.

        Raises:
            ConfigError: The audio cannot be read.
        """
        return read_flac(self.audio)

    def read(self) -> Recording:
        """Return the recording.

        Raises:
            ConfigError: The recording cannot be read.
        """
        path = self.folder / _DATA
        try:
            with path.open("rb") as file:
                return Recording.from_json(file.read(MAX_DATA_BYTES + 1))
        except OSError as err:
            raise _unusable(err, path) from err
        except ConfigError as err:
            raise ConfigError(f"{path}: {err}") from err


class Store:
    """The recordings in one folder. The oldest are deleted to make room for new ones."""

    def __init__(self, folder: Path, *, keep: int, max_bytes: int, max_age: timedelta) -> None:
        self.folder = folder
        self._keep = keep
        self._max_bytes = max_bytes
        self._max_age = max_age

    @classmethod
    def limited(cls, folder: Path, settings: RecorderSettings) -> Self:
        """Return the store of a folder, with the limits of the settings."""
        return cls(
            folder,
            keep=settings.keep,
            max_bytes=int(settings.max_mb * _MB),
            max_age=timedelta(days=settings.max_days),
        )

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return a store without limits, for a folder that another program fills."""
        return cls(folder, keep=sys.maxsize, max_bytes=sys.maxsize, max_age=_FOR_EVER)

    def open(self) -> None:
        """Create the folder, and delete unfinished recordings and those beyond the limits.

        Raises:
            StateError: The folder cannot be used; the message names it.
        """
        try:
            self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            for left in self.folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(left)
            self.prune()
        except OSError as err:
            raise _unusable(err, self.folder) from err

    def kept(self) -> list[Kept]:
        """Return the recordings, the newest first.

        Raises:
            StateError: The folder cannot be read.
        """
        try:
            return sorted(self._kept(), key=lambda each: each.folder.name, reverse=True)
        except OSError as err:
            raise _unusable(err, self.folder) from err

    def find(self, recording_id: str) -> Kept:
        """Return the recording with an id.

        Raises:
            StateError: The folder cannot be read.
            ConfigError: No recording has this id; the message names some that exist.
        """
        kept = self.kept()
        for each in kept:
            if each.id == recording_id:
                return each
        some = ", ".join(each.id for each in kept[:5])
        available = f"the newest are {some}" if some else "there are no recordings"
        raise ConfigError(f'no recording "{recording_id}" in {self.folder}; {available}')

    def add(self, recording: Recording, audio: bytes, *, source: AudioFormat) -> Kept:
        """Write a recording, and delete the oldest ones if there are too many.

        Raises:
            FileExistsError: A recording with this id began in the same second.
            TooLargeError: The recording alone exceeds the size limit of the store. No other
                recording is deleted.
            OSError: The recording cannot be written, for example because the disk is full. No part
                of it is left.
            StateError: An older recording cannot be deleted.
        """
        began_at = recording.began_at.astimezone(UTC)
        name = f"{began_at.strftime(_TIME)}-{recording.id}"
        if (self.folder / name).exists():
            raise FileExistsError(f"{name} exists")
        unfinished = self.folder / f"{_UNFINISHED}{name}"
        unfinished.mkdir(mode=_PRIVATE, parents=True)
        try:
            (unfinished / _DATA).write_text(recording.to_json(), encoding="utf-8")
            write_flac(unfinished / _AUDIO, audio, source=source)
            self._check_size(unfinished)
            unfinished.rename(self.folder / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        self.prune()
        return Kept(folder=self.folder / name, id=recording.id, began_at=began_at)

    def change(self, kept: Kept, recording: Recording) -> None:
        """Replace the data of a recording, but not its audio.

        Raises:
            StateError: The file cannot be written.
        """
        path = kept.folder / _DATA
        fresh = path.with_suffix(".new")
        try:
            fresh.write_text(recording.to_json(), encoding="utf-8")
            fresh.replace(path)
        except OSError as err:
            raise _unusable(err, path) from err

    def delete(self, kept: Sequence[Kept]) -> None:
        """Delete recordings.

        Raises:
            StateError: A recording cannot be deleted.
        """
        for each in kept:
            try:
                shutil.rmtree(each.folder)
            except FileNotFoundError:
                continue  # another program has deleted it already
            except OSError as err:
                raise _unusable(err, each.folder) from err

    def prune(self, *, now: datetime | None = None) -> None:
        """Delete the oldest recordings until number, size and age are within the limits.

        Raises:
            StateError: The folder cannot be read, or a recording cannot be deleted.
        """
        oldest = (now or datetime.now(UTC)) - self._max_age
        kept, size = self.kept(), 0
        surplus = []
        for count, each in enumerate(kept):
            size += _size_of(each.folder)
            if count >= self._keep or size > self._max_bytes or each.began_at < oldest:
                surplus.append(each)
        self.delete(surplus)

    def _check_size(self, folder: Path) -> None:
        if _size_of(folder) > self._max_bytes:
            raise TooLargeError(f"{folder} is larger than the limit of the store")

    def _kept(self) -> Iterator[Kept]:
        if not self.folder.exists():
            return
        for folder in self.folder.iterdir():
            time, _, recording_id = folder.name.partition("-")
            if not RECORDING_ID.fullmatch(recording_id) or not (folder / _DATA).is_file():
                continue
            try:
                began_at = datetime.strptime(time, _TIME).replace(tzinfo=UTC)
            except ValueError:
                continue
            yield Kept(folder=folder, id=recording_id, began_at=began_at)


def _unusable(err: OSError, path: Path) -> StateError:
    return StateError.of(err, str(path), setting="recorder")


def _size_of(folder: Path) -> int:
    """Return the size of a folder's files in bytes, without files that are being deleted."""
    size = 0
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size
