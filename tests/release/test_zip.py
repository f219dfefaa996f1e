"""The release zip is complete, has no other files, and works without other packages."""

import ast
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

import wyoming_bridge

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "wyoming_bridge"

LEFT_OUT = {
    "bridge/__main__.py",
    "bridge/config/reference.py",
    "bridge/config/serve.py",
    *(f"bridge/{path.relative_to(PACKAGE)}" for path in PACKAGE.glob("cli/**/*.py")),
    *(f"bridge/{path.relative_to(PACKAGE)}" for path in PACKAGE.glob("comparison/**/*.py")),
    *(f"bridge/{path.relative_to(PACKAGE)}" for path in PACKAGE.glob("local/**/*.py")),
    *(f"bridge/{path.relative_to(PACKAGE)}" for path in PACKAGE.glob("page/static/*")),
    *(f"bridge/{path.relative_to(PACKAGE)}" for path in PACKAGE.glob("testing/**/*.py")),
}

WARNINGS = ("-W", "error", "-W", "ignore:'audioop' is deprecated")
STAND_ALONE = """
import importlib, sys, types

root, *modules = sys.argv[1:]
absent = ("homeassistant", "wyoming_bridge", "pocketsphinx", "rich")
sys.modules.update(dict.fromkeys(absent))
for name, path in (
    ("custom_components", root),
    ("custom_components.wyoming_bridge", root + "/wyoming_bridge"),
):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
prefix = "custom_components.wyoming_bridge.bridge"


def fresh(module):
    for name in [each for each in sys.modules if each.startswith(prefix)]:
        del sys.modules[name]
    return importlib.import_module(f"{prefix}{module}")
"""
"""Code that loads the package under its name in Home Assistant, without other libraries.

The integration's own modules need Home Assistant, so an empty module replaces the integration.
"""

IMPORT_FIRST = """
files = {}
for module in modules:
    package = module.rpartition(".")[0]
    if package not in files:
        fresh(package)
        files[package] = {
            name: each.__file__ for name, each in sys.modules.items() if name.startswith(prefix)
        }
    print(files[package].get(prefix + module) or fresh(module).__file__)
"""
"""Code that imports each module before all others, and prints its file.

Python always imports the package of a module first. If the package itself imports the module, one
import of the package is also the test of that module.
"""


@pytest.fixture(scope="session")
def names(release: Path) -> list[str]:
    return zipfile.ZipFile(release).namelist()


@pytest.fixture(scope="session")
def unpacked(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of custom integrations in which the release is installed."""
    folder = tmp_path_factory.mktemp("config") / "custom_components"
    zipfile.ZipFile(release).extractall(folder / "wyoming_bridge")
    return folder


def in_a_fresh_interpreter(
    folder: Path, program: str, *modules: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", *WARNINGS, "-c", STAND_ALONE + program, str(folder), *modules],
        capture_output=True,
        text=True,
        check=False,
    )


def imports(name: str, source: str) -> Iterator[str]:
    """Yield the paths that the relative imports of a module may mean, except those for typing."""
    tree = ast.parse(source)
    for_types = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and node not in for_types:
            base = PurePosixPath(name).parents[node.level - 1]
            base = base.joinpath(*(node.module or "").split("."))
            for path in (base, *(base / alias.name for alias in node.names)):
                yield from (f"{path}.py", f"{path}/__init__.py")


def test_it_has_the_package_without_the_parts_that_home_assistant_does_not_use(
    names: list[str],
) -> None:
    package = {
        f"bridge/{path.relative_to(PACKAGE)}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {name for name in names if name.startswith("bridge/")} == package - LEFT_OUT
    assert package > LEFT_OUT


def test_it_has_no_other_files_than_the_integration_and_the_licence(names: list[str]) -> None:
    integration = ROOT / "custom_components" / "wyoming_bridge"
    own = {
        str(path.relative_to(integration))
        for path in integration.rglob("*")
        if path.is_file() and not {"__pycache__", "bridge"} & set(path.parts[len(ROOT.parts) :])
    }

    assert {name for name in names if not name.startswith("bridge/")} == own | {"LICENSE"}
    assert len(names) == len(set(names))


def test_it_has_files_and_no_links(release: Path) -> None:
    with zipfile.ZipFile(release) as archive:
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        assert json.loads(archive.read("translations/en.json"))
        assert json.loads(archive.read("manifest.json"))["version"] == wyoming_bridge.VERSION


def test_every_module_of_the_package_can_be_imported_first(
    unpacked: Path, names: list[str]
) -> None:
    modules = [
        f".{name.removeprefix('bridge/').removesuffix('.py').replace('/', '.')}"
        for name in names
        if name.startswith("bridge/") and name.endswith(".py") and "__init__" not in name
    ]

    done = in_a_fresh_interpreter(unpacked, IMPORT_FIRST, *modules)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [
        str(unpacked / "wyoming_bridge" / "bridge" / f"{module[1:].replace('.', '/')}.py")
        for module in modules
    ]
    assert len(modules) > 80


def test_every_public_name_of_the_package_exists(unpacked: Path) -> None:
    done = in_a_fresh_interpreter(
        unpacked,
        "bridge = fresh('')\nprint(*(name for name in bridge.__all__ if hasattr(bridge, name)))",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == wyoming_bridge.__all__


def test_only_modules_that_handle_it_import_parts_that_are_left_out(
    release: Path, names: list[str]
) -> None:
    with zipfile.ZipFile(release) as archive:
        wrong = {
            (name, path)
            for name in names
            if name.startswith("bridge/") and name.endswith(".py")
            for path in imports(name, archive.read(name).decode())
            if path in LEFT_OUT
        }

    assert wrong == {
        ("bridge/app/local_server.py", "bridge/local/service.py"),
        ("bridge/app/local_server.py", "bridge/local/behaviour.py"),
        ("bridge/app/local_server.py", "bridge/local/engine.py"),
        ("bridge/app/local_server.py", "bridge/local/engines/registry.py"),
        ("bridge/config/engines.py", "bridge/local/engines/registry.py"),
    }


def test_no_module_of_the_integration_imports_parts_that_are_left_out(
    release: Path, names: list[str]
) -> None:
    # The modules may need a newer Python than this one, so they are searched as text.
    with zipfile.ZipFile(release) as archive:
        imported = {
            module.replace(".", "/")
            for name in names
            if name.endswith(".py") and not name.startswith("bridge/")
            for module in re.findall(r"from \.(bridge[\w.]*) import", archive.read(name).decode())
        }

    assert "bridge" in imported
    assert {f"{module}.py" for module in imported} & LEFT_OUT == set()
    assert {f"{module}/__init__.py" for module in imported} & LEFT_OUT == set()


def test_a_missing_local_server_is_our_own_error(unpacked: Path) -> None:
    done = in_a_fresh_interpreter(
        unpacked,
        """
bridge = fresh("")
local = importlib.import_module(prefix + ".app.local_server")
try:
    local.new_local_server(engine="scripted")
except bridge.LocalError as error:
    print(error.code)
""",
    )

    assert (done.stdout, done.stderr) == ("dependency_missing\n", "")


@pytest.mark.parametrize("dark", ["", "dark_"])
@pytest.mark.parametrize(("times", "suffix"), [(1, ""), (2, "@2x")])
def test_the_brand_images_have_the_sizes_that_home_assistant_requires(
    release: Path, dark: str, times: int, suffix: str
) -> None:
    with zipfile.ZipFile(release) as archive:
        icon = archive.read(f"brand/icon{suffix}.png")
        logo = archive.read(f"brand/{dark}logo{suffix}.png")

    assert struct.unpack(">II", icon[16:24]) == (256 * times, 256 * times)
    width, height = struct.unpack(">II", logo[16:24])
    assert 128 * times <= height <= 256 * times
    assert width > height
    assert icon[25] == logo[25] == 6  # PNG's colour type with transparency


def test_the_logo_contains_the_icon_and_has_a_variant_for_dark_pages(release: Path) -> None:
    shapes = [
        re.findall(r' d="([^"]+)"', (ROOT / "docs" / "brand" / name).read_text())
        for name in ("icon.svg", "logo.svg")
    ]

    with zipfile.ZipFile(release) as archive:
        assert archive.read("brand/logo.png") != archive.read("brand/dark_logo.png")
    assert shapes[1][: len(shapes[0])] == shapes[0]
    assert len(shapes[1]) == len(shapes[0]) + len("WyomingBridge")
