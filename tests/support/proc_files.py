"""Helpers that read about a process in Linux's ``/proc``."""

from pathlib import Path


def environment_of(pid: int | str) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_text("utf-8").split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def handles_of(pid: int | str) -> list[str]:
    """Return the targets of all open file descriptors except the standard streams."""
    handles = Path(f"/proc/{pid}/fd").iterdir()
    return [str(each.readlink()) for each in handles if int(each.name) > 2]


def status_of(pid: int | str) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {name: values.split() for name, _, values in (line.partition(":") for line in lines)}


def limit_of(pid: int | str, name: str) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(name)).removeprefix(name).split()[0]


def descendants_of(pid: int) -> list[int]:
    """Return the process ids of all descendants."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants_of(child)]
    return found
