"""The part of the parser for the commands ``recordings`` and ``compare``."""

import argparse
from pathlib import Path

from .shared_options import Commands, add_backend, add_command, add_pace

__all__ = ["add_compare", "add_recordings"]


def add_recordings(commands: Commands) -> None:
    """Add ``recordings`` with its actions."""
    command = add_command(
        commands,
        "recordings",
        help="show, play, repeat or export the utterances that the bridge has recorded",
        example="wyoming-bridge recordings list --config bridge.yaml",
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, *, help: str, example: str) -> argparse.ArgumentParser:  # noqa: A002
        action = add_command(
            actions, name, help=help, example=f"wyoming-bridge recordings {example}"
        )
        action.add_argument(
            "--config", type=Path, metavar="FILE", help="the bridge's configuration"
        )
        action.add_argument(
            "--folder",
            type=Path,
            metavar="DIR",
            help="folder of the recordings (default: that of the configuration)",
        )
        return action

    listing = add("list", help="show the recordings, the newest first", example="list")
    show = add("show", help="show what happened in an utterance", example="show 1f2e3d4c")
    show.add_argument("id", metavar="ID")
    for each in (listing, show):
        each.add_argument("--json", action="store_true", help="print JSON")
    play = add("play", help="play the audio of an utterance", example="play 1f2e3d4c")
    play.add_argument("id", metavar="ID")
    replay = add(
        "replay",
        help="transcribe an utterance again, with any profile, and with the terms and the house "
        "that the client sent; the configured house is used if the client sent none",
        example="replay 1f2e3d4c --config bridge.yaml --profile kitchen",
    )
    replay.add_argument("id", metavar="ID")
    replay.add_argument("--profile", help="profile of the configuration (default: the first one)")
    add_pace(replay, default="realtime")
    replay.add_argument("--json", action="store_true", help="print one JSON object per line")
    truth = add(
        "truth",
        help="note what was really said, so that compare can count the errors",
        example='truth 1f2e3d4c "turn on the light"',
    )
    truth.add_argument("id", metavar="ID")
    noted = truth.add_mutually_exclusive_group(required=True)
    noted.add_argument("text", metavar="TEXT", nargs="?", help='"" if there is no speech')
    noted.add_argument("--remove", action="store_true", help="remove what was noted")
    export = add(
        "export",
        help="write an utterance to a ZIP file, for a bug report",
        example="export 1f2e3d4c report.zip --without-audio",
    )
    export.add_argument("id", metavar="ID")
    export.add_argument("file", metavar="FILE", type=Path)
    export.add_argument(
        "--without-audio", action="store_true", help="leave out the audio, but not the text"
    )
    export.add_argument(
        "--with-house",
        action="store_true",
        help="include all names of the house that the client sent",
    )
    delete = add("delete", help="delete utterances", example="delete 1f2e3d4c")
    which = delete.add_mutually_exclusive_group(required=True)
    which.add_argument("id", metavar="ID", nargs="*", default=[])
    which.add_argument("--all", action="store_true", help="delete all of them")


def add_compare(commands: Commands) -> None:
    """Add ``compare``."""
    command = add_command(
        commands,
        "compare",
        help="compare how well profiles understand recordings whose text is known",
        example="wyoming-bridge compare recordings/ --config bridge.yaml --html figures.html",
    )
    command.add_argument(
        "recordings",
        type=Path,
        metavar="FOLDER|TABLE",
        help="folder with a text file for each audio file (a.txt for a.wav), folder of the "
        "recorder, or .tsv or .csv file with the columns file and text",
    )
    command.add_argument(
        "--profile",
        action="append",
        default=[],
        metavar="NAME",
        help="profile of the configuration; can be given several times (default: all)",
    )
    command.add_argument(
        "--max-seconds",
        type=float,
        metavar="N",
        help="how many seconds of audio may be sent to services, which bill them; required if a "
        "profile uses a service",
    )
    command.add_argument("--area", help="area of the house in which commands are said")
    command.add_argument(
        "--trials",
        dest="log_file",
        type=Path,
        metavar="FILE",
        default=Path("comparison.jsonl"),
        help="file that keeps the results, so that an interrupted comparison can be continued "
        "(default: %(default)s)",
    )
    command.add_argument("--html", type=Path, metavar="FILE", help="also write a page with plots")
    command.add_argument("--json", action="store_true", help="print one JSON object per profile")
    add_backend(command)
