"""Finds out where this machine gets its packages from. The project itself names no registry."""

import ast
import os
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

__all__ = ["debian_mirror", "pip_mounts"]

_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""The file with the trusted certificates, on Debian and in its containers."""

_KEYS: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
"""The settings of pip that a container can use too. They name no folders of this machine."""


def _output(*command: str) -> str:
    """Return the output of a command; an empty text if it fails or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def debian_mirror() -> str | None:
    """Return the URL of the Debian mirror that this machine uses; None if it uses no such mirror.

    Without a URL, mmdebstrap uses its default mirror.
    """
    targets = _output(
        "apt-get", "indextargets", "--no-release-info", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)"
    )
    # Lines of the security archive begin with "Debian Debian-Security", so they yield no URL.
    mirrors = (line.removeprefix("Debian Debian ") for line in targets.splitlines())
    return next((each for each in mirrors if urlsplit(each).scheme in {"http", "https"}), None)


def _pip_settings() -> dict[str, str]:
    """Return this machine's settings of pip. Environment variables override files."""
    found: dict[str, str] = {}
    lines = _output("python3", "-m", "pip", "config", "list").splitlines()
    for line in sorted(lines, reverse=True):  # ":env:" comes last, after the sections of files
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def pip_mounts(folder: Path) -> list[str]:
    """Return volumes that let pip in a container use this machine's index and certificates.

    This function writes pip's configuration to ``folder``.
    """
    settings = _pip_settings()
    kept = {key: settings[key] for key in _KEYS if key in settings}
    if "extra-index-url" in kept:
        urls = [url for url in kept["extra-index-url"].split() if urlsplit(url).scheme != "file"]
        kept["extra-index-url"] = " ".join(urls)
    mounts = []
    certificates = Path(settings.get("cert") or os.environ.get("SSL_CERT_FILE") or _CERTIFICATES)
    if certificates.is_file():
        kept["cert"] = str(_CERTIFICATES)
        mounts.append(f"{certificates.resolve()}:{_CERTIFICATES}:ro")
    path = folder / "pip.conf"
    path.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in kept.items()))
    return [*mounts, f"{path}:/etc/pip.conf:ro"]
