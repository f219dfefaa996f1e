"""Run the command ``wyoming-bridge`` as ``python -m wyoming_bridge``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
