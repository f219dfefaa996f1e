"""The warning about private keys that every user of the machine can read."""

import shutil
from pathlib import Path

import pytest

from certificates import self_signed
from wyoming_bridge.server.certificate import ServerCertificate


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return self_signed(tmp_path)


def warning_of(path: Path, mode: str) -> str:
    return (
        f"every user of this machine can read {path}, which has a private key in it: its mode is "
        f"{mode} and should be 600 (chmod 600)"
    )


def test_a_private_key_that_every_user_can_read_causes_one_warning(
    files: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = files
    key.chmod(0o644)

    for _ in range(2):
        ServerCertificate(certificate, key)

    assert caplog.messages == [warning_of(key, "644")]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_private_key_that_only_its_owner_or_group_can_read_causes_no_warning(
    mode: int, files: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = files
    certificate.chmod(0o644)
    key.chmod(mode)

    ServerCertificate(certificate, key)

    assert not caplog.messages


def test_a_private_key_in_the_certificates_file_counts_too(
    files: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = files
    with certificate.open("a") as both:
        both.write(key.read_text())
    certificate.chmod(0o644)

    ServerCertificate(certificate, certificate)
    ServerCertificate(certificate, key)

    assert caplog.messages == [warning_of(certificate, "644")]


def test_a_renewed_key_is_checked_again(
    files: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = files
    served = ServerCertificate(certificate, key)
    fresh = shutil.copy(key, tmp_path / "fresh.pem")
    fresh.chmod(0o604)
    fresh.replace(key)

    served.context()

    assert caplog.messages == [warning_of(key, "604")]
