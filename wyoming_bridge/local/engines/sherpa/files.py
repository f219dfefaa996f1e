"""Finds the files of a streaming model for sherpa-onnx in a folder, by their names.

The names are those of sherpa-onnx's own model archives, such as
``encoder-epoch-99-avg-1.int8.onnx``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...models import ModelError, NoModelError

__all__ = ["CtcFiles", "ModelFiles", "TransducerFiles", "find_files"]

_ROLES: Final = ("encoder", "decoder", "joiner")

_CTC_ROLES: Final = ("model", "ctc")
"""A CTC model has a single network. The name of its file begins with one of these."""

_TOKENS: Final = "tokens.txt"

_ALLOWED: Final = (
    "a transducer has encoder*.onnx, decoder*.onnx, joiner*.onnx and tokens.txt, a CTC model has "
    "model*.onnx or ctc*.onnx and tokens.txt"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransducerFiles:
    """The files of a transducer."""

    encoder: Path
    decoder: Path
    joiner: Path
    tokens: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CtcFiles:
    """The files of a CTC model."""

    model: Path
    tokens: Path


ModelFiles = TransducerFiles | CtcFiles


def find_files(folder: Path) -> ModelFiles:
    """Return the files of the model in a folder, with 8-bit weights if there is a choice.

    Raises:
        ModelError: A file is missing, or two files have the same role.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
    except OSError as err:
        raise ModelError(f"{folder} cannot be read: {err.strerror}") from err
    networks = _by_role(names, _ROLES)
    if not any(networks.values()):
        model = [name for found in _by_role(names, _CTC_ROLES).values() for name in found]
        if not model:
            raise NoModelError(folder, looks_for=_ALLOWED)
        return CtcFiles(model=folder / _only(folder, model), tokens=_tokens(folder, names))
    for role, found in networks.items():
        if not found:
            raise ModelError(f"{folder} has no {role}*.onnx: {_ALLOWED}")
    encoder, decoder, joiner = (folder / _only(folder, networks[role]) for role in _ROLES)
    return TransducerFiles(
        encoder=encoder, decoder=decoder, joiner=joiner, tokens=_tokens(folder, names)
    )


def _by_role(names: Iterable[str], roles: Iterable[str]) -> Mapping[str, list[str]]:
    networks = [name for name in names if name.endswith(".onnx")]
    return {role: [name for name in networks if name.startswith(role)] for role in roles}


def _only(folder: Path, names: list[str]) -> str:
    small = [name for name in names if ".int8." in name]
    chosen = small or names
    if len(chosen) > 1:
        raise ModelError(
            f"{folder} must have one model, got {chosen[0]} and {chosen[1]}: remove one of them"
        )
    return chosen[0]


def _tokens(folder: Path, names: Iterable[str]) -> Path:
    if _TOKENS not in names:
        raise ModelError(f"{folder} has no {_TOKENS}: {_ALLOWED}")
    return folder / _TOKENS
