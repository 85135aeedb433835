"""The shadow: a work tree of our own for what is staged, kept up to date between commits.

It is a repository of its own, that borrows the objects of the real one: git itself then says
which files there are, applies filters and line ends, and leaves the times of what did not change,
so that mypy's and pytest's caches stay warm. It lies in the user's cache folder, since what lies
below a folder that git ignores is ignored by linters, too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.system import git, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.system.shadow.repository import Repository

_GITLINK = "160000"
_ONES_OWN = """\
[core]
\trepositoryformatversion = {version}
\tbare = false
\tlogallrefupdates = false
\thooksPath = /dev/null
\tfsmonitor = false
\tsplitIndex = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
_TAKEN = (
    r"^(filter\..*|lfs\..*|user\..*"
    r"|core\.(autocrlf|eol|safecrlf|symlinks|filemode|ignorecase|excludesfile|attributesfile"
    r"|precomposeunicode|quotepath|sparsecheckout|sparsecheckoutcone))$"
)
"""the settings of the real repository that decide what is on disk, or who commits"""
_FOUND = (0, 1)


class Linked(NamedTuple):
    """A submodule in a tree."""

    path: str
    commit: str


class Shadow:
    """The shadow of one work tree. Used by one process at a time: `held` sees to that."""

    def __init__(self, real: Repository, folder: str) -> None:
        self.real = real
        self.folder = folder
        self.top = f"{folder}/tree"
        self.missing: tuple[str, ...] = ()
        """submodules whose commit is not here, so that their folders are empty"""

    @property
    def root(self) -> str:
        """The project in it."""
        return self.real.inside(self.top)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait until nobody else has it, and have it."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            lock = os.open(f"{self.folder}/lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LoopError(
                f"cannot keep a copy of what is staged in {self.folder}: {error.strerror}",
                "make room there, or set XDG_CACHE_HOME to another folder",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def staged(self) -> str:
        """The tree that a commit of the index would have."""
        self.make()
        mine = f"{self.top}/.git/asked"
        try:
            shutil.copyfile(self.real.staged, mine)
        except FileNotFoundError:
            with suppress(FileNotFoundError):
                os.unlink(mine)
        self._shared()
        code, said, why = self._git("write-tree", index=mine)
        if code:
            told = why.strip().splitlines()
            raise LoopError(
                f"git cannot say what is staged: {told[0] if told else code}",
                "resolve what is unmerged, and add it",
            )
        return said.strip()

    def listed(self, tree: str) -> dict[str, str]:
        """Every file of a tree, submodules' included: path from the top -> `MODE BLOB`."""
        self.make()
        found: dict[str, str] = {}
        for line in self.ask("ls-tree", "-r", "-z", "--full-tree", tree).split("\0"):
            meta, _, path = line.partition("\t")
            if not path:
                continue
            mode, _, name = meta.split(" ")
            if mode == _GITLINK:
                below = self._below(Linked(path, name))
                if below is not None:
                    inner = below.listed(f"{name}^{{tree}}")
                    found |= {f"{path}/{one}": value for one, value in inner.items()}
                continue
            found[path] = f"{mode} {name}"
        return found

    def blob(self, name: str) -> bytes:
        """What git keeps under that id, as it is."""
        said, _ = git.start(self.top, "cat-file", "blob", name).communicate()
        return said

    def stand(self, tree: str, head: str, left_out: tuple[str, ...] = ()) -> None:
        """Let it hold this tree and nothing else but what git ignores; `head` is its HEAD."""
        try:
            self._stand(tree, head, left_out)
        except LoopError:
            # Somebody has been in it, or the disk was full once. Of all that is in it only the
            # objects are kept: the tree that is asked for may be among them.
            for folder, kept in ((self.top, ".git"), (f"{self.top}/.git", "objects")):
                for name in set(os.listdir(folder)) - {kept}:
                    _away(f"{folder}/{name}")
            self._stand(tree, head, left_out)

    def _stand(self, tree: str, head: str, left_out: tuple[str, ...]) -> None:
        self.make()
        self._settings(left_out)
        for name in ("index.lock", "HEAD.lock"):
            with suppress(FileNotFoundError):
                # Whoever held it is gone: the shadow is ours alone.
                os.unlink(f"{self.top}/.git/{name}")
        state.put(f"{self.top}/.git/HEAD", (head or "ref: refs/heads/main").encode() + b"\n")
        self.ask("read-tree", "--reset", "-u", tree)
        self.ask("clean", "-ffdq")
        self.missing = ()
        for line in self.ask("ls-tree", "-r", "-z", "--full-tree", tree).split("\0"):
            if line.startswith(_GITLINK):
                meta, _, path = line.partition("\t")
                self._stand_below(Linked(path, meta.split(" ")[2]))

    # -- making ------------------------------------------------------------------------------

    def make(self) -> None:
        """Make its repository, where it is not there; what it borrows is as it is now."""
        inside = f"{self.top}/.git"
        if os.path.islink(inside):
            os.unlink(inside)
        if not os.path.isdir(f"{inside}/refs") or not os.path.exists(f"{inside}/config"):
            os.makedirs(f"{inside}/refs/heads", mode=0o700, exist_ok=True)
            os.makedirs(f"{inside}/objects/info", mode=0o700, exist_ok=True)
            os.makedirs(f"{inside}/info", mode=0o700, exist_ok=True)
            state.put(f"{inside}/HEAD", b"ref: refs/heads/main\n")
            version = 1 if self.real.sha256 else 0
            extension = "[extensions]\n\tobjectFormat = sha256\n" if self.real.sha256 else ""
            state.put(f"{inside}/config", (_ONES_OWN.format(version=version) + extension).encode())
        borrowed = [self.real.objects]
        also = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        borrowed += [os.path.join(self.real.top, one) for one in also.split(os.pathsep) if one]
        own = os.environ.get("GIT_OBJECT_DIRECTORY", "")
        borrowed += [os.path.join(self.real.top, own)] * bool(own)
        listed = "".join(f"{_quoted(one)}\n" for one in dict.fromkeys(borrowed))
        _write(f"{inside}/objects/info/alternates", listed)

    def _settings(self, left_out: tuple[str, ...]) -> None:
        """What decides which files are there, and what is in them, as the real one has it."""
        inside = f"{self.top}/.git"
        for name in ("exclude", "attributes", "sparse-checkout"):
            folder = self.real.folder if name == "sparse-checkout" else self.real.common
            try:
                with open(f"{folder}/info/{name}", encoding="utf-8", errors="surrogateescape") as f:
                    text = f.read()
            except OSError:
                text = ""
            if name == "exclude":
                text += "\n" + "".join(f"/{one}\n" for one in left_out)
            _write(f"{inside}/info/{name}", text)
        code, said, why = git.finish(
            git.start(self.real.top, "config", "--local", "--get-regexp", "-z", _TAKEN)
        )
        if code not in _FOUND:
            raise LoopError(f"git config failed: {why.strip()}")
        rows = [row.partition("\n") for row in said.split("\0") if row]
        taken = "\0".join(f"{name}={value}" for name, _, value in rows)
        if _read(f"{inside}/taken") == taken:
            return
        for name in ("config", "taken"):
            with suppress(FileNotFoundError):
                os.unlink(f"{inside}/{name}")
        shutil.rmtree(f"{inside}/refs", ignore_errors=True)
        self.make()
        for name, _, value in rows:
            self.ask("config", "--local", "--add", name, value)
        _write(f"{inside}/taken", taken)

    def _shared(self) -> None:
        """The other half of an index that git has split."""
        with suppress(OSError):
            for name in os.listdir(self.real.folder):
                if name.startswith("sharedindex."):
                    shutil.copyfile(f"{self.real.folder}/{name}", f"{self.top}/.git/{name}")

    # -- submodules --------------------------------------------------------------------------

    def _below(self, linked: Linked) -> Shadow | None:
        """The shadow of a submodule, inside this one; None where its commit is not here."""
        from innerloop.system.shadow.repository import repository  # noqa: PLC0415 - for few

        real = f"{self.real.top}/{linked.path}"
        if not os.path.lexists(f"{real}/.git"):
            return None
        found = repository(real, {})
        code, _, _ = git.finish(git.start(real, "cat-file", "-e", f"{linked.commit}^{{tree}}"))
        if code:
            return None
        below = Shadow(found, self.folder)
        below.top = f"{self.top}/{linked.path}"
        return below

    def _stand_below(self, linked: Linked) -> None:
        below = self._below(linked)
        if below is None:
            self.missing = (*self.missing, linked.path)
            return
        below.stand(f"{linked.commit}^{{tree}}", linked.commit)
        self.missing = (*self.missing, *(f"{linked.path}/{one}" for one in below.missing))

    # -- git ---------------------------------------------------------------------------------

    def ask(self, *words: str) -> str:
        """What git says in it; a `LoopError` where it fails."""
        code, said, why = self._git(*words)
        if code:
            told = why.strip().splitlines()
            raise LoopError(f"git {words[0]} failed in {self.top}: {told[-1] if told else code}")
        return said

    def _git(self, *words: str, index: str = "") -> tuple[int, str, str]:
        return git.finish(git.start(self.top, *words, extra={"GIT_INDEX_FILE": index}))


def _away(place: str) -> None:
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
    else:
        os.unlink(place)


def _quoted(path: str) -> str:
    """A path as a line of the list of borrowed objects."""
    if not path.startswith(("#", '"')) and "\n" not in path:
        return path
    inside = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    if not os.path.exists(path) or _read(path) != text:
        state.put(path, text.encode("utf-8", "surrogateescape"))
