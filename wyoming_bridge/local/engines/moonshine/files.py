"""Finds the files of a model of Moonshine in a folder, by their names.

Moonshine's authors publish two kinds of models. Both names and contents of the files are those that
their own library reads: ``core/moonshine-model.cpp`` and ``core/moonshine-streaming-model.cpp`` in
https://github.com/moonshine-ai/moonshine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...models import ModelError, NoModelError

__all__ = ["MergedFiles", "ModelFiles", "StreamingFiles", "find_files"]

_MERGED: Final = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")

_STREAMING: Final = (
    "streaming_config.json",
    "encoder.ort",
    "adapter.ort",
    "cross_kv.ort",
    "decoder_kv.ort",
    "tokenizer.bin",
)
"""The files of a streaming model besides the frontend, which is one file or two."""

_FRONTEND: Final = "frontend.ort"

_FRONTEND_GRAPH: Final = "frontend.model.ort"
_FRONTEND_WEIGHTS: Final = "frontend.weights.ort"
"""Newer releases have the frontend in two files. The weights are outputs of the second file, and
inputs of the first."""

_MERGED_HAS: Final = f"a model has {', '.join(_MERGED[:-1])} and {_MERGED[-1]}"
_STREAMING_HAS: Final = f"{', '.join(_STREAMING[:-1])} and {_STREAMING[-1]}"

_ALLOWED: Final = (
    f"{_MERGED_HAS}, a streaming model has {_FRONTEND}, or {_FRONTEND_GRAPH} and "
    f"{_FRONTEND_WEIGHTS}, and also {_STREAMING_HAS}"
)

_LOOKS_FOR: Final = f"{_MERGED_HAS}, a streaming model has frontend*.ort, {_STREAMING_HAS}"
"""The same in short, for an error that lists the files of all engines. An error has at most 500
characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFiles:
    """The files of a model that does not stream, such as ``tiny-en`` or ``base-es``."""

    encoder: Path
    decoder: Path
    tokenizer: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingFiles:
    """The files of a streaming model, such as ``small-streaming-en``."""

    config: Path
    frontend: Path
    frontend_weights: Path | None
    """The file with the weights of the frontend; None if ``frontend`` has them itself."""
    encoder: Path
    adapter: Path
    cross_kv: Path
    decoder_kv: Path
    tokenizer: Path


ModelFiles = MergedFiles | StreamingFiles


def find_files(folder: Path) -> ModelFiles:
    """Return the files of the model in a folder.

    Raises:
        ModelError: A file is missing, or the folder cannot be read. The message names the file.
    """
    try:
        names = {path.name for path in folder.iterdir() if path.is_file()}
    except OSError as err:
        raise ModelError(f"{folder} cannot be read: {err.strerror}") from err
    # The tokenizer belongs to both kinds.
    if names & {*_MERGED[:-1]}:
        encoder, decoder, tokenizer = (folder / _found(folder, names, name) for name in _MERGED)
        return MergedFiles(encoder=encoder, decoder=decoder, tokenizer=tokenizer)
    frontends = {_FRONTEND, _FRONTEND_GRAPH, _FRONTEND_WEIGHTS}
    if not names & {*_STREAMING[:-1], *frontends}:
        raise NoModelError(folder, looks_for=_LOOKS_FOR)
    config, encoder, adapter, cross_kv, decoder_kv, tokenizer = (
        folder / _found(folder, names, name) for name in _STREAMING
    )
    # A folder with all three files was updated by hand. The two files are the newer ones.
    is_split = bool(names & {_FRONTEND_GRAPH, _FRONTEND_WEIGHTS})
    graph = _FRONTEND_GRAPH if is_split else _FRONTEND
    return StreamingFiles(
        config=config,
        frontend=folder / _found(folder, names, graph),
        frontend_weights=folder / _found(folder, names, _FRONTEND_WEIGHTS) if is_split else None,
        encoder=encoder,
        adapter=adapter,
        cross_kv=cross_kv,
        decoder_kv=decoder_kv,
        tokenizer=tokenizer,
    )


def _found(folder: Path, names: set[str], name: str) -> str:
    if name not in names:
        raise ModelError(f"{folder} must have a file {name}: {_ALLOWED}")
    return name
