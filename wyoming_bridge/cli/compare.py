"""``wyoming-bridge compare``: compares how well profiles understand the same audio files."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Final, Self

from ..app.backends import Backends
from ..app.configured_house import configured_house
from ..audio import PCM_16K_MONO, Converter
from ..comparison.corpus import Corpus, Item, read_corpus
from ..comparison.page import page
from ..comparison.player import Loaded, Player, played_s
from ..comparison.scoring import Scorer
from ..comparison.summary import Summary, summaries
from ..comparison.table import table
from ..comparison.trial import Trial, TrialLog
from ..config import Config, LocalBackend, Profile
from ..errors import AudioFormatError, ConfigError, MediaError, reason_of
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
    items = await _load_all(corpus)
    house = await configured_house(config)
    log = TrialLog(arguments.log_file)
    plans = [_plan(loaded, each, house=house, log=log) for loaded in items for each in profiles]
    left_s = _limit_s(arguments.max_seconds, plans)
    scorer = _scorer(arguments, house)
    trials: list[Trial] = []
    async with Backends(
        config.profiles, state=config.state, usage=config.usage, house=house
    ) as backends:
        player = Player(backends, scorer=scorer, options=RequestOptions())
        with _Progress(len(plans)) as progress:
            for plan in plans:
                trial = plan.done
                if trial is None and plan.billed_s <= left_s:
                    trial = await player.play(
                        plan.loaded,
                        plan.profile,
                        key=plan.key,
                        max_sent_s=left_s if plan.is_paid else None,
                    )
                    left_s -= trial.sent_s if plan.is_paid else 0.0
                    log.add(trial)
                if trial:
                    trials.append(trial)
                progress.advance(trial)
    prices = {profile.name: profile.price_per_hour for profile in profiles}
    found = summaries(trials, profiles=[each.name for each in profiles], prices=prices)
    _show(found, trials, arguments)
    return ExitCode.DONE if len(trials) == len(plans) else ExitCode.SERVICE_FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A recording, and a profile that has to transcribe it."""

    loaded: Loaded
    profile: Profile
    key: str
    done: Trial | None
    """The trial of an earlier run; None if the recording has to be played."""

    @property
    def is_paid(self) -> bool:
        """Whether the audio is sent to a service, which may bill it."""
        return not isinstance(self.profile.backend, LocalBackend)

    @property
    def billed_s(self) -> float:
        """How much audio a service gets in one session; 0 if the trial needs no service."""
        needed = self.is_paid and self.done is None
        return played_s(self.loaded, self.profile) if needed else 0.0


def _plan(loaded: Loaded, profile: Profile, *, house: House | None, log: TrialLog) -> _Plan:
    # Without fallbacks, because the transcript of another profile must not count for this one.
    profile = replace(profile, fallback=())
    key = _key(loaded, profile, house)
    done = log.find(loaded.item.name, profile.name, key)
    return _Plan(loaded=loaded, profile=profile, key=key, done=done)


async def _load_all(corpus: Corpus) -> list[Loaded]:
    """Return the recordings that can be read, and report the others.

    Raises:
        ConfigError: None of them can be read.
        DependencyError: The library that decodes a recording is not installed.
    """
    items: list[Loaded] = []
    damaged = [*corpus.damaged]
    for item in corpus.items:
        try:
            items.append(await _load(item))
        except (AudioFormatError, ConfigError, MediaError) as error:
            named = str(item.audio) in str(error)
            damaged.append(str(error) if named else f"{item.audio}: {error}")
    for text in damaged:
        print(f"wyoming-bridge: {text}", file=sys.stderr)
    if damaged:
        print(f"{len(damaged)} recordings cannot be read and are left out", file=sys.stderr)
    if not items:
        raise ConfigError("none of the recordings can be read")
    return items


async def _load(item: Item) -> Loaded:
    source = AudioSource(str(item.audio), speed=FAST, on_sent=lambda _: None)
    try:
        await source.open()
        converter = Converter(source=source.format, target=PCM_16K_MONO)
        pcm = b"".join([converter.convert(chunk) async for chunk in source.chunks()])
        return Loaded(item=item, pcm=pcm + converter.flush())
    finally:
        source.close()


def _limit_s(given: float | None, plans: Sequence[_Plan]) -> float:
    """Return how many seconds of audio may be sent to services.

    Raises:
        ConfigError: ``given`` is None, but audio has to be sent to a service.
    """
    if given is not None:
        return max(given, 0.0)
    paid = [plan for plan in plans if plan.billed_s]
    if not paid:
        return 0.0
    seconds = sum(plan.billed_s for plan in paid)
    prices = [(plan.profile.price_per_hour, plan.billed_s) for plan in paid]
    price = sum(each * billed_s / 3600 for each, billed_s in prices if each is not None)
    cost = "" if None in [each for each, _ in prices] else f", which costs about {price:.2f}"
    names = ", ".join(dict.fromkeys(plan.profile.name for plan in paid))
    raise ConfigError(
        f"--max-seconds must be set, because services bill the audio: {ceil(seconds)} s are needed "
        f"for {names}{cost}"
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
