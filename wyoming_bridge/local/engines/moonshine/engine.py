"""Offline recognition with Moonshine's tiny English model, or another model that the user names.

onnxruntime computes without Python's global interpreter lock. So one process with one copy of the
weights decodes all voices, each in its own thread: see ADR 26. If this process dies, all voices
fail.
"""

import asyncio
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ....audio import PCM_16K_MONO
from ....house import Score
from ...engine import EngineError
from ...models import ModelError, find_model, language_of
from ..process.engine import ProcessEngine
from ..process.exchange import ask
from ..process.host import Program
from ..process.voice import result_of
from .files import find_files
from .worker import RECOGNISE, SCORE

__all__ = ["MODEL", "MoonshineEngine"]

MODEL: Final = "moonshine-tiny-en"
"""The name of the model that is used unless the user names a folder."""

DEFAULT_MAX_VOICES: Final = 16
"""As many as PocketSphinx serves. A voice takes up to 1 MiB, and up to 0.4 of a core."""

DEFAULT_START_LIMIT_S: Final = 60.0
"""Loading takes 0.5 s on a desktop. A Raspberry Pi's card reads the 45 MB in seconds."""

MAX_SENTENCES: Final = 24
"""The most sentences that are scored at once. A repair needs at most 17."""

MAX_SENTENCE_CHARS: Final = 200
"""The longest sentence that is scored. A command of 20 words has 120 characters."""

MAX_WHOLE_BYTES: Final = PCM_16K_MONO.bytes_of(12_000)
"""12 s, the longest audio for ``recognise`` and ``score``. Longer speech is not a command."""

WHOLE_LIMIT_S: Final = 60.0
"""The longest wait for ``recognise`` and ``score``. All voices may have to be decoded first."""


class MoonshineEngine(ProcessEngine):
    """Moonshine, with one process for all voices. It ignores bias terms."""

    name: str = "moonshine"

    def __init__(
        self,
        *,
        model: Path | None = None,
        max_voices: int = DEFAULT_MAX_VOICES,
        start_limit_s: float = DEFAULT_START_LIMIT_S,
    ) -> None:
        """Create the engine. ``model`` is a folder with the files of a model.

        Raises:
            ConfigError: The folder's ``language.txt`` does not contain a language code.
        """
        super().__init__(max_voices=max_voices, start_limit_s=start_limit_s)
        self._model = model
        self.language: str = (language_of(model) if model else None) or "en"

    async def recognise(self, pcm: bytes) -> str:
        """Return the text of audio in ``PCM_16K_MONO``; empty if there is no speech in it.

        Raises:
            EngineError: The engine is not running or fails, or the audio is too long.
        """
        host = self._running()
        _check_audio(pcm)
        answer = await ask(host, RECOGNISE, (pcm,), name=self.name, limit_s=WHOLE_LIMIT_S)
        try:
            return result_of(answer.encode()).text
        except ValueError as err:
            raise EngineError(f"{self.name} sent an unreadable line: {answer}") from err

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> list[Score]:
        """Return how well each sentence fits audio in ``PCM_16K_MONO``.

        Raises:
            EngineError: The engine is not running or fails, the audio or a sentence is too long, or
                there are too many sentences.
        """
        host = self._running()
        if not sentences:
            return []
        texts = [" ".join(sentence.split()) for sentence in sentences]
        if len(texts) > MAX_SENTENCES:
            raise EngineError(
                f"moonshine scores at most {MAX_SENTENCES} sentences at once, got {len(texts)}"
            )
        if (longest := max(map(len, texts))) > MAX_SENTENCE_CHARS:
            raise EngineError(
                f"moonshine scores sentences of at most {MAX_SENTENCE_CHARS} characters, "
                f"got {longest}"
            )
        _check_audio(pcm)
        said = "\n".join(texts).encode(errors="replace")
        answer = await ask(host, SCORE, (said, pcm), name=self.name, limit_s=WHOLE_LIMIT_S)
        try:
            return _scores_of(answer, count=len(texts))
        except ValueError as err:
            raise EngineError(f"{self.name} sent an unreadable line: {answer}") from err

    async def _program(self) -> Program:
        if any(importlib.util.find_spec(name) is None for name in ("onnxruntime", "numpy")):
            raise EngineError("moonshine is not installed: pip install 'wyoming-bridge[ear]'")
        try:
            folder = await asyncio.to_thread(_folder_of, self._model)
        except ModelError as err:
            raise EngineError(f"moonshine has no model: {err}") from err
        return Program(
            name=self.name,
            worker="moonshine.worker",
            arguments=(str(folder), str(self._max_voices), self.language),
        )


def _folder_of(model: Path | None) -> Path:
    """Return the folder of the model. The content of the user's own model is not checked.

    Raises:
        ModelError: A file is missing or damaged.
    """
    if model is None:
        return find_model(MODEL)
    find_files(model)
    return model


def _check_audio(pcm: bytes) -> None:
    if len(pcm) > MAX_WHOLE_BYTES:
        raise EngineError(f"moonshine takes at most 12 s at once, got {len(pcm) / 32000:g} s")
    if len(pcm) < 2:  # noqa: PLR2004 - the bytes of a sample
        raise EngineError("moonshine needs audio, got none")


def _scores_of(answer: str, *, count: int) -> list[Score]:
    """Read the line that answers ``SCORE``.

    Raises:
        ValueError: The line does not have ``count`` scores.
    """
    match answer.split():
        case ["scores", *fields] if len(fields) == 2 * count:
            return [
                Score(log_probability=float(log_probability), tokens=int(tokens))
                for log_probability, tokens in zip(fields[::2], fields[1::2], strict=True)
            ]
        case _:
            raise ValueError(answer)
