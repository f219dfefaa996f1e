"""The composition root: the only package that names every concrete class."""

from .backends import Backends
from .bridge import BridgeApp
from .local_server import new_local_server

__all__ = ["Backends", "BridgeApp", "new_local_server"]
