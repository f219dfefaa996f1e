"""Self-signed certificates, which only clients with a special configuration trust."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from needed import program

ELLIPTIC: Final = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA: Final = ("rsa:2048",)
"""Many certificates have such a key, but making one takes 0.2 s of CPU."""

_NAMES = "IP:127.0.0.1,DNS:service.invalid"

_AUTHORITY = f"""
[ca]
default_ca = own
[own]
database = {{folder}}/index.txt
serial = {{folder}}/serial
new_certs_dir = {{folder}}
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {_NAMES}
"""
"""The configuration of ``openssl ca``. In OpenSSL 3.0, no other command can set the first day of a
certificate."""


def _openssl() -> str:
    return program("openssl", package="openssl")


def self_signed_for(folder: Path, *, first_year: int, last_year: int) -> tuple[Path, Path]:
    """Create a certificate that is valid in the given years, and its key; return their paths."""
    certificate, key = self_signed(folder)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(_AUTHORITY.format(folder=folder))
    request = folder / "request.pem"
    openssl = _openssl()
    ask = ["req", "-new", "-key", key, "-subj", "/CN=127.0.0.1", "-out", request]
    sign = ["ca", "-batch", "-notext", "-selfsign", "-config", folder / "ca.cnf", "-keyfile", key]
    sign += ["-startdate", f"{first_year}0101000000Z", "-enddate", f"{last_year}1231000000Z"]
    sign += ["-in", request, "-out", certificate]
    for arguments in (ask, sign):
        subprocess.run([openssl, *arguments], check=True, capture_output=True)  # noqa: S603 - our own arguments
    return certificate, key


def self_signed(folder: Path, *, key: Sequence[str] = ELLIPTIC) -> tuple[Path, Path]:
    """Create a certificate for 127.0.0.1 and service.invalid, and its key; return their paths.

    ``key`` is the kind of key, in the words of OpenSSL.
    """
    openssl = _openssl()
    made = folder / "certificate.pem", folder / "key.pem"
    new = ["req", "-x509", "-newkey", *key, "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    new += ["-addext", f"subjectAltName={_NAMES}"]
    new += ["-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run([openssl, *new], check=True, capture_output=True)  # noqa: S603 - our own arguments
    return made
