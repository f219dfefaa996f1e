"""A certificate that only those clients trust that were configured to."""

import shutil
import subprocess
from pathlib import Path

import pytest


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, in a folder."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    made = folder / "certificate.pem", folder / "key.pem"
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    new += ["-addext", "subjectAltName=IP:127.0.0.1"]
    new += ["-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run([openssl, *new], check=True, capture_output=True)  # noqa: S603 - our own words
    return made
