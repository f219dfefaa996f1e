"""Usage files, as the programs that share them see them."""

import json
from datetime import date, timedelta
from pathlib import Path

from wyoming_bridge.app.usage_file import UsageFile

TODAY = date.today()  # noqa: DTZ011 - the budget uses local days too
YESTERDAY = TODAY - timedelta(days=1)


def opened(folder: Path) -> UsageFile:
    usage_file = UsageFile(folder)
    usage_file.open()
    return usage_file


def file_of(folder: Path) -> Path:
    (file,) = folder.glob("*.json")
    return file


def seconds_in(folder: Path, profile: str = "kitchen") -> float:
    return float(json.loads(file_of(folder).read_text())[profile]["seconds"])
