"""The commands ``model list`` and ``model get``."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError, DependencyError, alternatives
from .codes import ExitCode

if TYPE_CHECKING:
    from ..local.models import FetchedModel

__all__ = ["run_model"]


def run_model(arguments: argparse.Namespace) -> int:
    """Run ``model list`` or ``model get``, and return the exit code.

    Raises:
        ConfigError: A model is unknown, a checksum is missing or wrong, or a file cannot be
            fetched.
        DependencyError: This installation has no local realtime server.
    """
    try:
        from ..local.models import ModelError
    except ModuleNotFoundError as err:
        raise DependencyError(
            "models are for the local realtime server, which is not installed: "
            "pip install 'wyoming-bridge[local]'"
        ) from err
    try:
        if arguments.action == "list":
            _list()
        else:
            _get(arguments.url, sha256=arguments.sha256, folder=arguments.to)
    except ModelError as err:
        raise ConfigError(str(err)) from err
    return ExitCode.DONE


def _list() -> None:
    from ..local.models import MODELS, fetched_models, find_model, has_model

    for row in MODELS.values():
        place = str(find_model(row.name)) if has_model(row.name) else "not installed"
        facts = row.engine, *row.languages, f"{row.size / 1e6:.0f} MB", row.licence, place
        print(f"{row.name}: {', '.join(facts)}")
    for model in fetched_models():
        print(f"{model.folder.name}: {', '.join(_facts_of(model))}")


def _facts_of(model: "FetchedModel") -> tuple[str, ...]:
    """Return the engine, the languages, the size and the folder of a model."""
    from ..local.engines.registry import AUTO, engine_named

    size = f"{model.size / 1e6:.0f} MB"
    for folder in model.folders():
        try:
            engine = engine_named(AUTO, folder)
        except ConfigError:
            continue
        try:
            languages = engine.languages_with(folder)
        except ConfigError as err:
            languages = (err.message,)
        return engine.name, *languages, size, str(folder)
    return "no engine can use it yet", size, str(model.folder)


def _get(url: str, *, sha256: str | None, folder: Path | None) -> None:
    from ..local.models import MODELS, find_model, models_folder
    from ..local.models.fetch import fetch
    from ..local.models.urls import file_name_of, model_name_of

    if url in MODELS:
        print(find_model(url))  # if the model is missing, the error says how to install it
        return
    if "://" not in url:
        raise ConfigError(f"no model named {url!r}{alternatives(url, MODELS)}, or an https:// URL")
    name = file_name_of(url)
    if not sha256:
        raise ConfigError("--sha256 is required for a URL")
    target = (folder or models_folder() / model_name_of(url)) / name
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        task = progress.add_task(name, total=None)
        fetch(
            url,
            sha256=sha256,
            target=target,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    print(target)
    print(_advice(target), file=sys.stderr)


def _advice(file: Path) -> str:
    """Return advice on how to use a model file that was fetched."""
    from ..local.engines.registry import AUTO, engine_named
    from ..local.models.urls import is_archive

    folder = file.parent
    if is_archive(file.name):
        return (
            "Unpack the archive. Then use the folder that has the model's files, as "
            "'serve --model DIR', or as 'model: DIR' in a profile with 'provider: local'."
        )
    try:
        engine = engine_named(AUTO, folder)
    except ConfigError as err:
        return f"The folder cannot be used yet: {err.message.removeprefix('model: ')}"
    command = f"wyoming-bridge serve --model {shlex.quote(str(folder))}"
    return (
        f"{engine.title} can use the folder: '{command}', or 'model: {folder}' in a profile with "
        "'provider: local'."
    )
