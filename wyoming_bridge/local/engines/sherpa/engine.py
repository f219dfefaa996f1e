"""Offline recognition with sherpa-onnx. The user names the folder of a streaming model.

sherpa-onnx computes without Python's global interpreter lock. So one process with one copy of the
weights decodes all voices, each in its own thread: see ADR 26. If this process dies, all voices
fail.
"""

import asyncio
import importlib.util
import logging
from pathlib import Path
from typing import Final

from ...engine import EngineError
from ...models import LANGUAGE_FILE, ModelError, language_of
from ..process.engine import ProcessEngine
from ..process.host import Program
from .files import find_files

__all__ = ["SherpaEngine"]

_log = logging.getLogger(__name__)

DEFAULT_MAX_VOICES: Final = 16
"""As many as with Moonshine and PocketSphinx. A voice takes a few MB for the model's state."""

DEFAULT_START_LIMIT_S: Final = 60.0
"""Loading takes a second on a desktop. A Raspberry Pi reads a large model from its memory card in
10 s."""

DEFAULT_LANGUAGE: Final = "en"
"""The language that is assumed if that of the model is unknown."""


class SherpaEngine(ProcessEngine):
    """sherpa-onnx, with one process for all voices. It ignores bias terms."""

    name: str = "sherpa"

    def __init__(
        self,
        *,
        model: Path,
        max_voices: int = DEFAULT_MAX_VOICES,
        start_limit_s: float = DEFAULT_START_LIMIT_S,
    ) -> None:
        """Create the engine. ``model`` is a folder with a streaming transducer or CTC model.

        Raises:
            ConfigError: The folder's ``language.txt`` does not contain a language code.
        """
        super().__init__(max_voices=max_voices, start_limit_s=start_limit_s)
        self._model = model
        language = language_of(model)
        if language is None:
            _log.info(
                "the language of the model in %s is unknown, so %s is assumed: write the code of "
                "the language into the file %s in the folder",
                model,
                DEFAULT_LANGUAGE,
                LANGUAGE_FILE,
            )
        self.language: str = language or DEFAULT_LANGUAGE

    async def _program(self) -> Program:
        if importlib.util.find_spec("sherpa_onnx") is None:
            raise EngineError("sherpa is not installed: pip install 'wyoming-bridge[sherpa]'")
        try:
            await asyncio.to_thread(find_files, self._model)
        except ModelError as err:
            raise EngineError(f"sherpa has no model: {err}") from err
        return Program(
            name=self.name,
            worker="sherpa.worker",
            arguments=(str(self._model), str(self._max_voices)),
        )
