"""Imports the public names of a package when they are first used.

A package uses this if some of its names take much longer to import than others. So a process that
needs only the settings of a feature does not load the feature.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["lazy_names"]


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package, which imports a name when it is first used.

    ``homes`` maps each module of the package to the names in it, separated by spaces. No name may
    be that of a module, because importing the module would replace the name in the package.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}
    if clash := homes.keys() & home_of.keys():
        raise ValueError(f"{package}: a name must not be that of a module, got {min(clash)}")

    def find(name: str) -> object:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        # Import by the full name, because Home Assistant lets its event loop call this function
        # only for the name of a module that is loaded already.
        value: object = getattr(import_module(f"{package}.{home}"), name)
        return value

    return find
