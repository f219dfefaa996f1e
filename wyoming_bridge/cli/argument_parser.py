"""A parser of the command line whose errors name what the user probably meant."""

import argparse
from collections.abc import Sequence

from ..errors import did_you_mean
from ..options import not_a_choice

__all__ = ["ArgumentParser"]


class ArgumentParser(argparse.ArgumentParser):
    """The parser of a command. The parsers of its subcommands have the same class."""

    def parse_known_args(  # type: ignore[override]  # the library declares two overloads
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments of this command.

        The library collects what it does not know, and the parser of the whole command line reports
        it. Here each command reports it itself, with its own options.
        """
        values, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(self._unknown_argument(unknown))
        return values, unknown

    def _unknown_argument(self, unknown: Sequence[str]) -> str:
        """Return the error. It leaves out the value of an option, which may be a token."""
        option = next((each for each in unknown if each.startswith("-")), None)
        if option is None:
            return f"unrecognized argument: {unknown[0]}"
        name = option.partition("=")[0]
        known = [each for action in self._actions for each in action.option_strings]
        return f"unrecognized option: {name}{did_you_mean(name, known)}"

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Raise an error if a value is not one of the choices of its argument."""
        if action.choices is not None and value not in action.choices:
            choices = [str(each) for each in action.choices]
            raise argparse.ArgumentError(action, not_a_choice(value, choices))
