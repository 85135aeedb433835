"""Changes of files that no walk may miss."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Project


def edited(p: Project) -> Iterator[None]:
    yield
    p.write({"src/a.py": "a = 22\n"})


def edited_with_size_and_times_restored(p: Project) -> Iterator[None]:
    before = os.stat(p.root / "src/a.py")
    yield
    p.write({"src/a.py": "a = 2\n"})
    os.utime(p.root / "src/a.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced_by_rename_with_size_and_times_restored(p: Project) -> Iterator[None]:
    before = os.stat(p.root / "src/a.py")
    p.write({"noise.log": "a = 2\n"})
    os.utime(p.root / "noise.log", ns=(before.st_atime_ns, before.st_mtime_ns))
    yield
    os.replace(p.root / "noise.log", p.root / "src/a.py")


def contents_swapped(p: Project) -> Iterator[None]:
    yield
    one, other, aside = p.root / "src/a.py", p.root / "src/b.py", p.root / "aside.log"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def moved_to_another_folder(p: Project) -> Iterator[None]:
    (p.root / "docs").mkdir(exist_ok=True)
    yield
    (p.root / "src/a.py").rename(p.root / "docs/a.py")


def renamed(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/a.py").rename(p.root / "src/c.py")


def folder_renamed(p: Project) -> Iterator[None]:
    yield
    (p.root / "src").rename(p.root / "lib")


def deleted(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/b.py").unlink()


def emptied(p: Project) -> Iterator[None]:
    yield
    p.write({"src/b.py": ""})


def new_file(p: Project) -> Iterator[None]:
    yield
    p.write({"src/c.py": ""})


def new_file_in_a_new_folder(p: Project) -> Iterator[None]:
    yield
    p.write({"deep/down/c.py": ""})


def new_file_in_a_folder_that_was_empty(p: Project) -> Iterator[None]:
    (p.root / "src/empty/below").mkdir(parents=True)
    yield
    p.write({"src/empty/below/c.py": ""})


def made_executable(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/a.py").chmod(0o755)


def replaced_by_a_folder(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/b.py").unlink()
    p.write({"src/b.py/__init__.py": "b = 1\n"})


def replaced_by_a_link_to_the_same(p: Project) -> Iterator[None]:
    p.write({"noise.log": "b = 1\n"})
    yield
    (p.root / "src/b.py").unlink()
    (p.root / "src/b.py").symlink_to("../noise.log")


def link_retargeted(p: Project) -> Iterator[None]:
    (p.root / "link").symlink_to("src/a.py")
    yield
    (p.root / "link").unlink()
    (p.root / "link").symlink_to("src/b.py")


def what_a_link_leads_to_edited(p: Project) -> Iterator[None]:
    (p.place / "outside").write_text("1")
    (p.root / "link").symlink_to(p.place / "outside")
    yield
    (p.place / "outside").write_text("2")


def what_a_link_leads_to_gone(p: Project) -> Iterator[None]:
    (p.place / "outside").write_text("1")
    (p.root / "link").symlink_to(p.place / "outside")
    yield
    (p.place / "outside").unlink()


def link_behind_a_link_retargeted(p: Project) -> Iterator[None]:
    for name in ("one", "two"):
        (p.place / name).write_text(name)
    (p.place / "current").symlink_to("one")
    (p.root / "link").symlink_to(p.place / "current")
    yield
    (p.place / "current").unlink()
    (p.place / "current").symlink_to("two")


def folder_behind_a_link_retargeted(p: Project) -> Iterator[None]:
    for name in ("one", "two"):
        (p.place / name).mkdir()
        (p.place / name / "data").write_text(name)
    (p.place / "current").symlink_to("one")
    (p.root / "link").symlink_to(p.place / "current/data")
    yield
    (p.place / "current").unlink()
    (p.place / "current").symlink_to("two")
