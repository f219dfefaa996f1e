"""``python -m wyoming_bridge`` is the command ``wyoming-bridge``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
