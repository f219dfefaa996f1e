"""The script that a decoding process runs: ``launch.py FOLDER MODULE ARGUMENT ...``.

It imports the module, and calls its ``main`` with the arguments. The folder contains the package.
It is named so that both processes have the same copy of the package.

The module imports only the standard library.
"""

import sys
from importlib import import_module

if __name__ == "__main__":
    folder, module, *arguments = sys.argv[1:]
    sys.path.insert(0, folder)
    import_module(module.partition(".")[0])
    del sys.path[0]  # libraries are found where they usually are
    import_module(module).main(*arguments)
