"""Send thousands of utterances through one bridge, and check that no resource has grown.

The bridge runs in this process, so that its objects, tasks and sockets can be counted. The load
runs in the same process, and must not grow either.
"""

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from processes import free_port, rss_kib, running_sink
from streams import recordings, speak
from trees import add_tree_option, run_in_trees, source_tree

sys.path.insert(0, str(source_tree()))

from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config.file import load_config

_AT_ONCE: Final = 50
_SECONDS: Final = 0.2

_CONFIG: Final = """\
listen: tcp://127.0.0.1:{port}
log: error
profiles:
  relay: {{provider: reson8, url: "{url}", source: client}}
"""

_ALLOWED_OBJECTS: Final = 0.002
"""The allowed growth of the number of objects, as a ratio. The interpreter's caches may grow."""

_ALLOWED_KIB: Final = 1024


def counted() -> dict[str, int]:
    """Count the resources that could leak."""
    gc.collect()
    return {
        "objects": len(gc.get_objects()),
        "tasks": len(asyncio.all_tasks()),
        "files and sockets": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "RSS, KiB": rss_kib(os.getpid()),
    }


async def soak(config: Path, port: int, *, utterances: int) -> bool:
    """Send the utterances, and return whether no resource has grown."""
    app = BridgeApp(load_config(config))
    await app.start()
    speech = recordings(streams=_AT_ONCE, seconds=_SECONDS)
    done = missing = 0
    before: dict[str, int] = {}
    while done < utterances:
        answers = await speak(port, speech, chunk_ms=100, spread_ms=0)
        missing += sum(not answer.text for answer in answers)
        done += len(answers)
        if done * 10 // utterances > (done - len(answers)) * 10 // utterances:
            await asyncio.sleep(1)  # until all sessions are closed
            now = counted()
            if done * 5 <= utterances:  # the first two tenths are the warm-up
                before = now
            print(f"{done:6} utterances: {now}", flush=True)
    await app.stop()
    grown = [
        name
        for name, value in now.items()
        if value - before[name]
        > {"objects": before[name] * _ALLOWED_OBJECTS, "RSS, KiB": _ALLOWED_KIB}.get(name, 0)
    ]
    print(f"missing: {missing}; grown: {', '.join(grown) or 'nothing'}")
    return not grown and not missing


def main() -> int:
    """Run the benchmark; return 1 if a resource has grown or a transcript is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=10_000)
    add_tree_option(parser)
    arguments = parser.parse_args()
    if arguments.tree:
        return run_in_trees(arguments.tree)
    with tempfile.TemporaryDirectory() as folder, running_sink() as url:
        config = Path(folder) / "bridge.yaml"
        port = free_port()
        config.write_text(_CONFIG.format(port=port, url=url))
        return 0 if asyncio.run(soak(config, port, utterances=arguments.utterances)) else 1


if __name__ == "__main__":
    sys.exit(main())
