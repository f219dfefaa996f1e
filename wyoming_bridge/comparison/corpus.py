"""Reads recordings, which may be any audio files, with the text of what is said in them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ConfigError, reason_of
from ..recorder import Store

__all__ = ["Corpus", "Item", "read_corpus"]

_AUDIO: Final = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".webm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A recording, and what is said in it."""

    name: str
    """The name of the audio file; for a recording of the recorder, the name of its folder.

    It is unique in a corpus. An id is not, because clients choose the ids of their utterances.
    """
    audio: Path
    truth: str
    """Empty if there is no speech in the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The recordings of one folder or table."""

    items: tuple[Item, ...]
    without_truth: int
    """How many recordings are left out, because what is said in them is not known."""
    damaged: Sequence[str] = ()
    """An error text for each recording of the recorder that cannot be read."""


def read_corpus(place: Path) -> Corpus:
    """Return the recordings of a folder or a table.

    ``place`` is one of these:

    - a folder in which audio files have a text file beside them (``a.wav`` and ``a.txt``)
    - the folder of the recorder
    - a table with tabs (``.tsv``) or commas (``.csv``), whose first line names the columns ``file``
      and ``text``; the files are relative to the table's folder

    The audio is not read yet.

    Raises:
        ConfigError: The folder or table cannot be read, or has no recording with a text.
    """
    damaged: list[str] = []
    if place.suffix in {".tsv", ".csv"}:
        found: list[Item | None] = list(_table(place))
    elif place.is_dir():
        found = [*_folder(place), *_recorded(Store.of(place), damaged)]
    else:
        raise ConfigError(f"{place} must be a folder, a .tsv or a .csv file")
    items = tuple(item for item in found if item is not None)
    if not items and damaged:
        raise ConfigError(damaged[0])
    if not items:
        raise ConfigError(
            f"{place} has no recording whose text is known: put a.txt beside a.wav, use a table "
            "with the columns file and text, or note what was said with `recordings truth`"
        )
    return Corpus(items=items, without_truth=len(found) - len(items), damaged=tuple(damaged))


def _folder(folder: Path) -> Iterator[Item | None]:
    try:
        files = sorted(folder.iterdir())
    except OSError as err:
        raise ConfigError(f"{folder}: {reason_of(err)}") from err
    for audio in files:
        if audio.suffix.lower() not in _AUDIO:
            continue
        text = audio.with_suffix(".txt")
        yield Item(name=audio.name, audio=audio, truth=_read(text)) if text.exists() else None


def _recorded(store: Store, damaged: list[str]) -> Iterator[Item | None]:
    """Yield the recordings that can be read, and append the others to ``damaged``."""
    for kept in reversed(store.kept()):
        try:
            truth = kept.read().truth
        except ConfigError as error:
            damaged.append(str(error))
            continue
        name = kept.folder.name
        yield None if truth is None else Item(name=name, audio=kept.audio, truth=truth)


def _table(path: Path) -> Iterator[Item]:
    rows = csv.DictReader(
        _read(path).splitlines(),
        delimiter="\t" if path.suffix == ".tsv" else ",",
        quoting=csv.QUOTE_NONE if path.suffix == ".tsv" else csv.QUOTE_MINIMAL,
    )
    names: set[str] = set()
    try:
        if not {"file", "text"} <= set(rows.fieldnames or ()):
            raise ConfigError(f'{path}: the first line must name the columns "file" and "text"')
        for number, row in enumerate(rows, start=2):
            if row["file"] is None or row["text"] is None:
                raise ConfigError(f"{path}: line {number} has too few columns")
            audio = path.parent / row["file"]
            if not audio.is_file():
                raise ConfigError(f"{path}: line {number}: {audio} does not exist")
            if row["file"] in names:
                raise ConfigError(f"{path}: line {number}: {row['file']} is already in the table")
            names.add(row["file"])
            yield Item(name=row["file"], audio=audio, truth=row["text"].strip())
    except csv.Error as err:
        raise ConfigError(f"{path}: line {rows.line_num + 1}: {err}") from err


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: must be UTF-8") from err
