"""A table of models, with the size and the SHA-256 of each of their files."""

from dataclasses import dataclass
from typing import Final

__all__ = ["MODELS", "ModelFile", "ModelRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file of a model."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    """In hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model, and the Python distribution that contains its files."""

    name: str
    engine: str
    languages: tuple[str, ...]
    """ISO 639-1."""
    licence: str
    """The SPDX identifier of the licence."""
    files: tuple[ModelFile, ...]
    wheel: str
    """The name of the distribution that contains the files."""
    wheel_version: str
    """The newest version of the distribution that contains the files."""
    wheel_folder: str
    """The folder with the files in the distribution, such as ``package/assets``."""

    @property
    def size(self) -> int:
        """The size of all files, in bytes."""
        return sum(file.size for file in self.files)


_ROWS: Final = (
    ModelRow(
        name="moonshine-tiny-en",
        engine="moonshine",
        languages=("en",),
        licence="MIT",
        files=(
            ModelFile(
                name="encoder_model.ort",
                size=13_281_600,
                sha256="94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
            ),
            ModelFile(
                name="decoder_model_merged.ort",
                size=30_412_256,
                sha256="cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
            ),
            ModelFile(
                name="tokenizer.bin",
                size=249_974,
                sha256="6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
            ),
        ),
        wheel="moonshine-voice",
        wheel_version="0.0.73",
        wheel_folder="moonshine_voice/assets/tiny-en",
    ),
)

MODELS: Final = {row.name: row for row in _ROWS}
"""All known models by name."""
