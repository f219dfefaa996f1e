"""The limit of open files: how many clients it allows, and the log lines when it is reached."""

import asyncio
import errno
import resource
import socket
from collections.abc import Iterator

import pytest

from wyoming_bridge.app.accept_errors import AcceptErrors
from wyoming_bridge.app.open_files import (
    clients_within,
    open_files_limit,
    raise_open_files_limit,
)
from wyoming_bridge.errors import ConnectError, OpenFilesError
from wyoming_bridge.session.failures import unreachable


@pytest.fixture
def limit() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("open_files", "clients"), [(0, 1), (64, 1), (256, 48), (1024, 240), (4096, 256)]
)
def test_the_limit_of_open_files_bounds_the_clients(open_files: int, clients: int) -> None:
    assert clients_within(open_files, at_most=256) == clients


def test_a_low_limit_is_raised_as_far_as_allowed(limit: tuple[int, int]) -> None:
    _, hard = limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    raise_open_files_limit()

    assert open_files_limit() == (8192 if hard == resource.RLIM_INFINITY else min(8192, hard))


def test_the_accept_error_is_one_line_per_minute(caplog: pytest.LogCaptureFixture) -> None:
    handler = AcceptErrors()
    now = 1000.0

    class Loop(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return now

    loop = Loop()
    loop.set_exception_handler(handler)
    for error in (errno.EMFILE, errno.ENFILE) * 30:
        loop.call_exception_handler(
            {
                "message": "socket.accept() out of system resource",
                "exception": OSError(error, "Too many open files"),
            }
        )
    now += 61
    loop.call_exception_handler(
        {
            "message": "socket.accept() out of system resource",
            "exception": OSError(errno.EMFILE, "Too many open files"),
        }
    )
    lines = [record.message for record in caplog.records]
    loop.call_exception_handler({"message": "another", "exception": ValueError("bad")})
    loop.close()

    assert len(lines) == 2
    assert lines[0].startswith("no more clients can connect: Too many open files; raise")
    assert caplog.records[-1].message.startswith("another")


def test_the_advice_to_raise_the_limit_is_given_only_if_it_helps(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.new_event_loop()
    error = OSError(errno.ENOMEM, "Cannot allocate memory")
    context: dict[str, object] = {"message": "socket.accept() failed", "exception": error}
    AcceptErrors()(loop, context)
    loop.close()

    assert caplog.messages == ["no more clients can connect: Cannot allocate memory"]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_not_blamed_on_the_network(number: int) -> None:
    error = unreachable(OSError(number, ""), place="api.lan", limit_s=1, provider="reson8")

    assert isinstance(error, OpenFilesError)
    assert error.code == "too_many_open_files"
    assert "network" not in error.with_advice
    assert "LimitNOFILE" in error.with_advice


def test_a_name_that_cannot_be_looked_up_without_files_is_not_blamed_on_the_network(
    limit: tuple[int, int],
) -> None:
    gone = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    usual = unreachable(gone, place="api.lan", limit_s=1, provider="reson8")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limit[1]))
    without_files = unreachable(gone, place="api.lan", limit_s=1, provider="reson8")
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    assert type(usual) is ConnectError
    assert isinstance(without_files, OpenFilesError)
