"""The script that the worker process runs. Its argument is the ``DecodingTask`` as JSON.

The script imports this package by its folder's name. By its full name, the process would import the
packages around it too, which are Home Assistant's in the integration.
"""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).resolve().parent
    sys.path.insert(0, str(folder.parent))
    import_module(folder.name)
    del sys.path[0]  # only this package is imported from there
    import_module(f"{folder.name}.main").main(sys.argv[1])
