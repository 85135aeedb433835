"""What is installed in an environment, told apart by what its installers wrote down."""

from __future__ import annotations

import os

from innerloop.core.digest import blake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.tree import Tree

_LINKING = (".pth", ".egg-link")
"""files that lead to packages elsewhere"""


def sites(interpreter: str, tree: Tree | None = None) -> tuple[str, ...]:
    """The folders an interpreter imports installed packages from, without starting it."""
    return tuple(
        dict.fromkeys(
            site for prefix in _prefixes(interpreter) for site in _site_folders(prefix, tree)
        )
    )


def _prefixes(interpreter: str) -> list[str]:
    prefix = os.path.dirname(os.path.dirname(interpreter))
    user = os.path.expanduser("~/.local")
    settings = _pyvenv(prefix)
    if settings is None:
        real = os.path.dirname(os.path.dirname(os.path.realpath(interpreter)))
        return [prefix, real, "/usr/local", "/usr", user]
    if settings.get("include-system-site-packages", "").lower() == "true":
        return [prefix, os.path.dirname(settings.get("home", "")), user]
    return [prefix]


def installed(tree: Tree, interpreter: str) -> dict[str, str]:
    """Package -> version and digest, for every one the interpreter would import from."""
    found: dict[str, str] = {}
    prefix = os.path.dirname(os.path.dirname(interpreter))
    config = tree.look(f"{prefix}/pyvenv.cfg")
    base = tree.look(os.path.realpath(interpreter))
    found[f"python in {prefix}"] = f"{base and base.value} {config and config.value}"
    tree.rests(interpreter)
    for site in sites(interpreter, tree):
        found |= _site(tree, site)
    return found


def _site_folders(prefix: str, tree: Tree | None) -> list[str]:
    found = []
    for library in ("lib", "lib64"):
        if tree:
            tree.rests(f"{prefix}/{library}")
        try:
            names = sorted(os.listdir(f"{prefix}/{library}"))
        except OSError:
            continue
        for name in names:
            if name.startswith("python"):
                if tree:
                    tree.rests(f"{prefix}/{library}/{name}")
                for kind in ("site-packages", "dist-packages"):
                    folder = f"{prefix}/{library}/{name}/{kind}"
                    if os.path.isdir(folder):
                        found.append(os.path.realpath(folder))
    return found


def _pyvenv(prefix: str) -> dict[str, str] | None:
    try:
        with open(f"{prefix}/pyvenv.cfg", encoding="utf-8", errors="replace") as file:
            pairs = (line.partition("=") for line in file)
            return {name.strip().lower(): value.strip() for name, _, value in pairs}
    except OSError:
        return None


def _site(tree: Tree, site: str) -> dict[str, str]:
    found: dict[str, str] = {}
    names = tree.listdir(site)
    found[f"folder {site}"] = blake("\0".join(_plain(names)).encode("utf-8", "surrogateescape"))
    for name in names:
        place = f"{site}/{name}"
        if name.endswith(".dist-info"):
            package, _, version = name.removesuffix(".dist-info").partition("-")
            found[package] = f"{version} {_value(tree, f'{place}/RECORD', f'{place}/METADATA')}"
            found |= _editable(tree, package, f"{place}/direct_url.json")
        elif name.endswith((".egg-info", ".pth", ".egg-link", ".py")):
            found[name] = _value(tree, place, f"{place}/PKG-INFO")
            if name.endswith(_LINKING):
                found |= _linked(tree, name, place)
    return found


def _plain(names: list[str]) -> list[str]:
    return [name for name in names if name != "__pycache__" and not name.endswith(".pyc")]


def _value(tree: Tree, *places: str) -> str:
    for place in places:
        entry = tree.look(place)
        if entry is not None and not entry.value.endswith(" -"):
            return entry.value
    return "-"


def _editable(tree: Tree, package: str, place: str) -> dict[str, str]:
    """The sources of a package installed from a folder elsewhere, so that editing them counts."""
    try:
        with open(place, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return {}
    folder = _editable_folder(text)
    return _sources(tree, package, folder) if folder else {}


def _linked(tree: Tree, name: str, place: str) -> dict[str, str]:
    """The sources in the folders that a path file adds to what is imported from."""
    try:
        with open(place, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return {}
    found: dict[str, str] = {}
    for folder in lines:
        if folder.startswith("/"):
            found |= _sources(tree, f"{name}: {folder}", os.path.realpath(folder))
    return found


def _sources(tree: Tree, name: str, folder: str) -> dict[str, str]:
    # Below the root its files are inputs like any other: what the loop says of them stands.
    if f"{folder}/".startswith((f"{tree.root}/", f"{tree.home}/")) or not os.path.isdir(folder):
        return {}
    values = []
    for path in tree.scan(folder):
        entry = tree.look(path)
        values.append(f"{path}\0{entry.value if entry else ''}")
    text = "\0".join(values)
    return {f"{name} (sources)": blake(text.encode("utf-8", "surrogateescape"))}


def _editable_folder(text: str) -> str:
    import json  # noqa: PLC0415 - few packages are installed from a folder
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - likewise

    try:
        said = json.loads(text)
        editable = said.get("dir_info", {}).get("editable", False)
        address = urlsplit(said.get("url", ""))
    except (ValueError, AttributeError):
        return ""
    if not editable or address.scheme != "file":
        return ""
    return os.path.realpath(unquote(address.path))
