"""A streaming model that sherpa-onnx runs.

The library computes without Python's global interpreter lock, so several threads can use one model
at once. The library ends the process if a file lacks a value that the library needs, so the files
are checked before they are loaded.
"""

import array
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

import sherpa_onnx

from ....audio import PCM_16K_MONO
from .files import ModelFiles, TransducerFiles
from .metadata import read_metadata

__all__ = ["Model", "Stream"]

SAMPLE_RATE_HZ: Final = PCM_16K_MONO.sample_rate_hz

FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 100
"""The samples in 10 ms of audio. The model gets one frame of features for them."""

LATE_FRAMES: Final = 20
"""After the last audio, silence is added: a chunk, and this many frames more. The reason is that a
streaming transducer writes a word up to 0.2 s after it was said. sherpa-onnx's examples do so too.
"""

SCALE: Final = 32768

_STREAMING_KEYS: Final = ("T", "decode_chunk_len")
"""The metadata has the length of a chunk, and the distance between the beginnings of two chunks,
under these keys. Both are in frames."""

_ZIPFORMER2_KEYS: Final = (
    "encoder_dims",
    "query_head_dims",
    "value_head_dims",
    "num_heads",
    "num_encoder_layers",
    "cnn_module_kernels",
    "left_context_len",
)

_ENCODER_KEYS: Final = {
    "conformer": (
        "num_encoder_layers",
        "left_context",
        "encoder_dim",
        "pad_length",
        "cnn_module_kernel",
    ),
    "lstm": ("num_encoder_layers", "rnn_hidden_size", "d_model"),
    "zipformer": (
        "encoder_dims",
        "attention_dims",
        "num_encoder_layers",
        "cnn_module_kernels",
        "left_context_len",
    ),
    "zipformer2": _ZIPFORMER2_KEYS,
}
"""The keys of the metadata that an encoder must have for sherpa-onnx, by its ``model_type``."""

_DECODER_KEYS: Final = ("vocab_size", "context_size")

_BLANKS: Final = {"<blk>", "<eps>", "<blank>"}
"""sherpa-onnx's names for the token that stands for no text. A CTC model must have one of them."""


class Stream:
    """A stream of sherpa-onnx: the audio of a segment, or a part of it, and the text so far."""

    def __init__(self, stream: sherpa_onnx.OnlineStream) -> None:
        self.stream = stream
        self.text = ""


class Model:
    """One copy of the model for all threads."""

    def __init__(self, files: ModelFiles, *, at_once: int) -> None:
        """Load the model, and decode once so that the first real audio is not slower.

        At most ``at_once`` voices compute at the same time.

        Raises:
            OSError: A file cannot be read.
            ValueError: A file is not a part of a streaming model that sherpa-onnx accepts.
        """
        chunk_frames = _checked_chunk(files)
        self.delay_samples = (chunk_frames + LATE_FRAMES) * FRAME_SAMPLES
        """The longest time from a word to its text, in samples."""
        self._tail = [0.0] * self.delay_samples
        self._slots = BoundedSemaphore(at_once)
        self._recogniser = _load(files)
        self.finish(self.new_stream())

    def new_stream(self) -> Stream:
        """Return a stream without audio."""
        return Stream(self._recogniser.create_stream())

    def feed(self, stream: Stream, pcm: bytes) -> None:
        """Decode whole samples in ``PCM_16K_MONO``. Samples that do not fill a chunk are kept."""
        samples = array.array("h", pcm)
        if sys.byteorder == "big":
            samples.byteswap()
        self._decode(stream, [sample / SCALE for sample in samples])

    def finish(self, stream: Stream) -> None:
        """Decode the rest of the audio. The stream must not be fed after that."""
        self._decode(stream, self._tail)

    def _decode(self, stream: Stream, samples: list[float]) -> None:
        stream.stream.accept_waveform(SAMPLE_RATE_HZ, samples)
        with self._slots:
            while self._recogniser.is_ready(stream.stream):
                self._recogniser.decode_stream(stream.stream)
        stream.text = " ".join(self._recogniser.get_result(stream.stream).split())


def _load(files: ModelFiles) -> sherpa_onnx.OnlineRecognizer:
    # With num_threads=1, the library starts no worker threads. Idle workers would use a core.
    try:
        if isinstance(files, TransducerFiles):
            return sherpa_onnx.OnlineRecognizer.from_transducer(
                tokens=str(files.tokens),
                encoder=str(files.encoder),
                decoder=str(files.decoder),
                joiner=str(files.joiner),
                model_type=read_metadata(files.encoder)["model_type"],
                num_threads=1,
            )
        return sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(
            tokens=str(files.tokens), model=str(files.model), num_threads=1
        )
    except RuntimeError as err:
        raise ValueError(f"sherpa-onnx cannot load the model: {err}") from err


def _checked_chunk(files: ModelFiles) -> int:
    """Return the length of a chunk in frames.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file lacks something that sherpa-onnx needs.
    """
    tokens = _checked_tokens(files.tokens)
    if not isinstance(files, TransducerFiles):
        if not _BLANKS & set(tokens):
            raise ValueError(
                f"{files.tokens.name} must contain one of {', '.join(sorted(_BLANKS))}"
            )
        return _chunk_of(files.model, _ZIPFORMER2_KEYS)
    kind = read_metadata(files.encoder).get("model_type", "")
    if kind not in _ENCODER_KEYS:
        raise ValueError(
            f"{files.encoder.name} must be of the model_type {', '.join(_ENCODER_KEYS)}, "
            f"got {kind!r}"
        )
    vocabulary = _whole(files.decoder, _checked(files.decoder, _DECODER_KEYS), "vocab_size")
    if len(tokens) < vocabulary:
        raise ValueError(
            f"{files.tokens.name} belongs to another model: it has {len(tokens)} tokens, and "
            f"the model has {vocabulary}"
        )
    read_metadata(files.joiner)
    return _chunk_of(files.encoder, _ENCODER_KEYS[kind])


def _chunk_of(path: Path, keys: tuple[str, ...]) -> int:
    return _whole(path, _checked(path, (*_STREAMING_KEYS, *keys)), "T")


def _whole(path: Path, metadata: dict[str, str], key: str) -> int:
    text = metadata[key]
    if not text.isdecimal() or not text.isascii():
        raise ValueError(f"{path.name}: {key} must be a whole number, got {text!r}")
    return int(text)


def _checked(path: Path, keys: tuple[str, ...]) -> dict[str, str]:
    """Return the metadata of a file. Raise a ``ValueError`` if it lacks one of the keys."""
    metadata = read_metadata(path)
    for key in keys:
        if not metadata.get(key):
            raise ValueError(
                f"{path.name} is not a part of a streaming model: its metadata has no {key}"
            )
    return metadata


def _checked_tokens(path: Path) -> list[str]:
    """Return the tokens. Each line must have a token and its number.

    A line with only a number stands for a space.
    """
    tokens = []
    for at, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        *token, number = line.split() or [""]
        if len(token) > 1 or not (number.isdecimal() and number.isascii()):
            raise ValueError(
                f"{path.name}, line {at}: must be a token and its number, got {line!r}"
            )
        tokens.append(token[0] if token else " ")
    return tokens
