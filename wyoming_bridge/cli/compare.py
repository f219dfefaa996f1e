"""``wyoming-bridge compare``: compares how well profiles understand the same audio files."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from ..app.backends import Backends
from ..app.configured_house import configured_house
from ..audio import PCM_16K_MONO, Converter
from ..comparison.corpus import Item, read_corpus
from ..comparison.page import page
from ..comparison.player import Loaded, Player
from ..comparison.scoring import Scorer
from ..comparison.summary import Summary, summaries
from ..comparison.table import table
from ..comparison.trial import Trial, TrialLog
from ..config import Config, LocalBackend, Profile
from ..errors import ConfigError, reason_of
from ..house import House
from ..media.pace import FAST
from ..transcriber import RequestOptions
from .codes import ExitCode
from .output import print_json
from .source import AudioSource

__all__ = ["compare"]

_DEFAULT_LANGUAGE: Final = "en"


async def compare(arguments: argparse.Namespace, config: Config) -> ExitCode:
    """Run the command and return its exit code.

    Raises:
        ConfigError: A profile does not exist, a file is invalid, or ``--max-seconds`` is missing
            although a profile uses a service.
        BridgeError: A backend cannot be started, or Home Assistant cannot be reached.
    """
    profiles = [config.profile(name) for name in arguments.profile] or list(config.profiles)
    corpus = read_corpus(arguments.recordings)
    if corpus.without_truth:
        print(f"{corpus.without_truth} recordings have no text and are left out", file=sys.stderr)
    items = [await _load(item) for item in corpus.items]
    limit_s = _limit_s(arguments.max_seconds, profiles, items)
    house = await configured_house(config)
    log = TrialLog(arguments.log_file)
    scorer = _scorer(arguments, house)
    trials: list[Trial] = []
    async with Backends(
        config.profiles, state=config.state, usage=config.usage, house=house
    ) as backends:
        player = Player(backends, scorer=scorer, options=RequestOptions())
        with _Progress(len(items) * len(profiles)) as progress:
            for loaded in items:
                for profile in profiles:
                    key = _key(loaded, profile, house)
                    trial = log.find(loaded.item.name, profile.name, key)
                    billed_s = loaded.seconds if _is_paid(profile) else 0.0
                    if trial is None and billed_s <= max(limit_s, 0.0):
                        limit_s -= billed_s
                        trial = await player.play(loaded, profile, key=key)
                        log.add(trial)
                    if trial:
                        trials.append(trial)
                    progress.advance(trial)
    prices = {profile.name: profile.price_per_hour for profile in profiles}
    found = summaries(trials, profiles=[each.name for each in profiles], prices=prices)
    _show(found, trials, arguments)
    return ExitCode.DONE if len(trials) == len(items) * len(profiles) else ExitCode.SERVICE_FAILED


async def _load(item: Item) -> Loaded:
    source = AudioSource(str(item.audio), speed=FAST, on_sent=lambda _: None)
    try:
        await source.open()
        converter = Converter(source=source.format, target=PCM_16K_MONO)
        pcm = b"".join([converter.convert(chunk) async for chunk in source.chunks()])
        return Loaded(item=item, pcm=pcm + converter.flush())
    finally:
        source.close()


def _is_paid(profile: Profile) -> bool:
    return not isinstance(profile.backend, LocalBackend)


def _limit_s(given: float | None, profiles: Sequence[Profile], items: Sequence[Loaded]) -> float:
    """Return how many seconds of audio may be sent to services.

    Raises:
        ConfigError: ``given`` is None, but some of the profiles use a service.
    """
    if given is not None:
        return given
    paid = [profile for profile in profiles if _is_paid(profile)]
    if not paid:
        return 0.0
    seconds = sum(each.seconds for each in items)
    prices = [each.price_per_hour for each in paid]
    price = sum(each * seconds / 3600 for each in prices if each is not None)
    cost = "" if None in prices else f", which costs about {price:.2f}"
    names = ", ".join(profile.name for profile in paid)
    raise ConfigError(
        f"--max-seconds must be set, because services bill the audio: {seconds * len(paid):.0f} s "
        f"are needed for {names}{cost}"
    )


def _scorer(arguments: argparse.Namespace, house: House | None) -> Scorer:
    spoken = house.language if house else _DEFAULT_LANGUAGE
    language: str = arguments.language or spoken
    if house is None or house.is_empty or house.language != language:
        return Scorer(language)
    from ..house.understanding import Understanding

    area = arguments.area or (house.areas[0].name if house.areas else "")
    return Scorer(language, understanding=Understanding(house, area=area))


def _key(loaded: Loaded, profile: Profile, house: House | None) -> str:
    # The repr of a profile contains no token, so the hash reveals none either.
    settings = hashlib.sha256(f"{profile!r} {house!r}".encode()).hexdigest()
    return f"{loaded.digest[:16]}-{settings[:16]}"


def _show(found: Sequence[Summary], trials: Sequence[Trial], arguments: argparse.Namespace) -> None:
    if arguments.json:
        for each in found:
            print_json(each.to_data(), output=sys.stdout)
    else:
        print(table(found))
    if arguments.html:
        _write(arguments.html, page(found, trials, title=f"Profiles on {arguments.recordings}"))


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err


class _Progress:
    """Shows a line for each trial, and on a terminal also a progress bar."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
        )
        self._task = self._progress.add_task("comparing", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, trial: Trial | None) -> None:
        """Show a trial that has ended. None stands for a trial that was left out."""
        if trial:
            said = trial.text if trial.error is None else f"failed: {trial.error}"
            self._progress.console.print(
                f"  {trial.profile}: {said or '(no words)'}", markup=False, highlight=False
            )
        self._progress.advance(self._task)
