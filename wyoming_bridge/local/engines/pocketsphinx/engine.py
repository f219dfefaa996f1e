"""Offline English recognition with PocketSphinx.

The library holds Python's global interpreter lock while it decodes, and would block the event loop
even in a thread. So this process never imports the library. The host is a zygote: it loads the
model, and each voice is a fork of the zygote. All voices share the memory of the model and start
from the same state, so that the result of a voice depends only on its own audio.

If the process of a voice dies, only that voice fails. If the zygote dies, its voices continue.
Each zygote has one language model, so learned sentences need a new zygote.
"""

import asyncio
import importlib.util
import logging
import os
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ...engine import EngineError
from ..process.engine import ProcessEngine
from ..process.host import Host, Program
from .decoder import SENTENCES
from .pronunciation import pronounce

__all__ = ["PocketsphinxEngine"]

_log = logging.getLogger(__name__)

DEFAULT_MAX_VOICES: Final = 16
"""Each active voice takes about 0.3 of a core and 25 MiB, so 16 suit a large home server. A voice
with terms takes 30 MiB more, and its first result is 0.26 s later.
"""

DEFAULT_START_LIMIT_S: Final = 30.0
"""Loading takes 0.5 to 0.8 s on a desktop, and ten times as long from a Raspberry Pi's memory
card."""

MAX_SENTENCES: Final = 150_000
"""Enough for all commands of a very large house. The zygote makes a model of 30,000 sentences in
0.2 s."""

MAX_SENTENCE_WORDS: Final = 50

MAX_LEARNED_WORDS: Final = 10_000
"""How many different words the sentences may have. The names of a large house have hundreds."""

_SHOWN: Final = 10
"""The most words that a line of the log lists."""


class PocketsphinxEngine(ProcessEngine):
    """PocketSphinx with its own English model and one process per voice.

    Words of the bias terms become more likely if they are in the dictionary. After the engine has
    learned sentences, it recognises them and single common words. It recognises other speech badly.
    """

    name: str = "pocketsphinx"
    language: str = "en"

    def __init__(
        self,
        *,
        max_voices: int = DEFAULT_MAX_VOICES,
        start_limit_s: float = DEFAULT_START_LIMIT_S,
    ) -> None:
        super().__init__(max_voices=max_voices, start_limit_s=start_limit_s)
        self._sentences = b""  # compressed, because the sentences of a large house take 4 MB
        self._learning = asyncio.Lock()

    async def learn(self, sentences: Sequence[str]) -> None:
        """Recognise these sentences from now on, or all of English if there are no sentences.

        A sentence with a word that the engine cannot pronounce is left out.

        Raises:
            EngineError: The sentences are too many or too long, the new process does not start, or
                the engine was closed.
        """
        async with self._learning:
            learned = await asyncio.to_thread(_compressed, sentences)
            before = self._sentences
            if learned == before:
                return
            self._sentences = learned
            async with self._changing:  # waits for a host that starts with the old sentences
                runs = self._host is not None
            try:
                if runs:
                    await self._renew()
            except BaseException:
                self._sentences = before
                raise

    async def _new_host(self) -> Host:
        if not self._sentences:
            return await super()._new_host()
        program = await self._program()
        text = await asyncio.to_thread(zlib.decompress, self._sentences)
        try:
            with TemporaryDirectory(prefix=f"{self.name}-") as folder:
                path = Path(folder, SENTENCES)
                await asyncio.to_thread(path.write_bytes, text)
                program = replace(program, arguments=(folder,))
                return await Host.start(program, limit_s=self._start_limit_s)
        except OSError as err:
            raise EngineError(f"{self.name} cannot write the sentences to a file: {err}") from err

    async def _program(self) -> Program:
        if not hasattr(os, "fork"):
            raise EngineError("pocketsphinx needs fork(), which Windows does not have")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed: pip install 'wyoming-bridge[local]'")
        return Program(name=self.name, worker="pocketsphinx.worker")


def _compressed(sentences: Sequence[str]) -> bytes:
    """Return the sentences that can be learned, as compressed lines.

    Raises:
        EngineError: The sentences are too many or too long, or have too many different words.
    """
    if len(sentences) > MAX_SENTENCES:
        raise EngineError(
            f"pocketsphinx learns at most {MAX_SENTENCES} sentences, got {len(sentences)}"
        )
    can_say: dict[str, bool] = {}
    lines = []
    for sentence in sentences:
        words = sentence.split()
        if len(words) > MAX_SENTENCE_WORDS:
            raise EngineError(
                f"pocketsphinx learns sentences of at most {MAX_SENTENCE_WORDS} words, "
                f"got {len(words)}"
            )
        for word in words:
            if word not in can_say:
                can_say[word] = pronounce(word) is not None
        if words and all(can_say[word] for word in words):
            lines.append(" ".join(words))
    if len(can_say) > MAX_LEARNED_WORDS:
        raise EngineError(
            f"pocketsphinx learns at most {MAX_LEARNED_WORDS} words, got {len(can_say)}"
        )
    if left_out := sorted(word for word, can in can_say.items() if not can):
        _log.warning(
            "pocketsphinx cannot pronounce %s%s, and leaves out the sentences with them",
            ", ".join(map(repr, left_out[:_SHOWN])),
            f" and {len(left_out) - _SHOWN} more" if len(left_out) > _SHOWN else "",
        )
    return zlib.compress("\n".join(lines).encode()) if lines else b""
