"""The release zip, unpacked."""

import io
import runpy
import zipfile
from pathlib import Path
from typing import Final

__all__ = ["unpack_release"]

_BUILD: Final = Path(__file__).parent.parent.parent / "script" / "build-release"


def unpack_release(folder: Path) -> Path:
    """Build the zip, unpack it as the Marketplace does, and return the integration's folder.

    The zip is not written into ``dist``, because tests in another process may be reading it.
    """
    content: bytes = runpy.run_path(str(_BUILD))["build"]()
    with zipfile.ZipFile(io.BytesIO(content)) as release:
        release.extractall(folder / "wyoming_bridge")
    return folder / "wyoming_bridge"
