"""The script that a decoding process runs: ``launch.py FOLDER MODULE ARGUMENT ...``.

It imports MODULE, and calls its ``main`` with the arguments. FOLDER contains the server's copy of
the package, so this process uses the same copy.

The module imports only the standard library.
"""

import sys
from importlib import import_module

if __name__ == "__main__":
    folder, module, *arguments = sys.argv[1:]
    sys.path.insert(0, folder)
    import_module(module.partition(".")[0])
    del sys.path[0]  # only the package is imported from FOLDER, and no library
    import_module(module).main(*arguments)
