"""The command ``wyoming-bridge app``, which the Supervisor starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import run
from patience import PATIENCE_S

pytestmark = pytest.mark.once

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


def options(folder: Path, **values: object) -> str:
    path = folder / "options.json"
    path.write_text(json.dumps(values))
    return str(path)


def test_an_invalid_option_ends_the_app_with_one_line(tmp_path: Path) -> None:
    done = run("app", "--options", options(tmp_path, provider="reson8"))

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "wyoming-bridge: token: must not be empty, because reson8 needs a token\n"
    )


@ROOT_ONLY
def test_an_unknown_user_ends_the_app(tmp_path: Path) -> None:
    done = run("app", "--options", options(tmp_path), "--user", "no-such-user")

    assert done.returncode == 2
    assert b"--user: this machine has no user 'no-such-user'" in done.stderr


WHO = """
import os
from wyoming_bridge.cli.user import become

become("daemon")
print(os.getresuid(), os.getresgid(), os.getgroups(), os.environ["HOME"])
try:
    os.setuid(0)
except PermissionError:
    print("no way back")
"""


@ROOT_ONLY
def test_no_right_of_root_is_kept() -> None:
    import pwd

    daemon = pwd.getpwnam("daemon")
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", WHO], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )

    assert done.stdout.splitlines() == [
        f"{(daemon.pw_uid,) * 3} {(daemon.pw_gid,) * 3} [{daemon.pw_gid}] {daemon.pw_dir}",
        "no way back",
    ]


@pytest.mark.skipif(os.getuid() == 0, reason="root may become any user")
def test_another_user_than_root_cannot_change_the_user(tmp_path: Path) -> None:
    done = run("app", "--options", options(tmp_path), "--user", "root")

    assert done.returncode == 2
    assert b"--user: cannot become root: Operation not permitted" in done.stderr


def test_the_health_check_of_the_app_uses_the_address_in_its_options(tmp_path: Path) -> None:
    done = run("health", "--app-options", options(tmp_path, provider="nothing"))
    mixed = run("health", "--app-options", options(tmp_path), "--uri", "tcp://127.0.0.1:10300")

    assert done.returncode == 2
    assert b"provider: must be local or" in done.stderr
    assert b"--app-options cannot be combined with --uri" in mixed.stderr
