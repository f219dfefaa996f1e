"""Offline English recognition with PocketSphinx.

The library holds the GIL while it decodes, and would block the event loop even in a thread. So it
is never imported here. The host is a zygote: it loads the model, and each voice is a fork of it.
All voices share the memory of the model and start from the same state, so that the result of a
voice depends only on its own audio.

If the process of a voice dies, only that voice fails. If the zygote dies, its voices continue.
"""

import importlib.util
import os
from typing import Final

from ...engine import EngineError
from ..process.engine import ProcessEngine
from ..process.host import Program

__all__ = ["PocketsphinxEngine"]

DEFAULT_MAX_VOICES: Final = 16
"""16 active voices take about 16 x 0.3 cores and 16 x 25 MiB, which suits a large home server. A
voice with terms takes 30 MiB more, and its first result is 0.26 s later.
"""

DEFAULT_START_LIMIT_S: Final = 30.0
"""Loading takes 0.5 to 0.8 s on a desktop, and ten times that from a Raspberry Pi's card."""


class PocketsphinxEngine(ProcessEngine):
    """PocketSphinx with its own English model and one process per voice.

    Words of the terms become more likely if they are in the dictionary.
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

    async def _program(self) -> Program:
        if not hasattr(os, "fork"):
            raise EngineError("pocketsphinx needs fork(), which Windows does not have")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed: pip install 'wyoming-bridge[local]'")
        return Program(name=self.name, worker="pocketsphinx.worker")
