"""Changes of which files there are, that no walk may miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Project


def gitignore_lets_a_file_appear(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({".gitignore": "secret/\n"})


def gitignore_makes_a_file_disappear(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({".gitignore": "*.log\nsecret/\n*.md\n"})


def new_gitignore_below(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({"docs/.gitignore": "*.md\n"})


def ignored_file_added_by_force(p: Project) -> Iterator[None]:
    p.commit()
    yield
    p.git("add", "-f", "noise.log")


def tracked_though_ignored_is_edited(p: Project) -> Iterator[None]:
    p.git("add", "-f", "noise.log")
    yield
    p.write({"noise.log": "two\n"})


def info_exclude_edited(p: Project) -> Iterator[None]:
    yield
    (p.root / ".git/info/exclude").write_text("*.md\n")


def global_excludes_edited(p: Project) -> Iterator[None]:
    excludes = p.place / "home/.config/git/ignore"
    excludes.parent.mkdir(parents=True)
    excludes.write_text("*.swp\n")
    yield
    excludes.write_text("*.md\n")


def global_excludes_made(p: Project) -> Iterator[None]:
    yield
    excludes = p.place / "home/.config/git/ignore"
    excludes.parent.mkdir(parents=True)
    excludes.write_text("*.md\n")


def global_excludes_pointed_elsewhere(p: Project) -> Iterator[None]:
    (p.place / "excludes").write_text("*.md\n")
    yield
    p.git("config", "--global", "core.excludesFile", str(p.place / "excludes"))


def configured_excludes_edited(p: Project) -> Iterator[None]:
    (p.place / "excludes").write_text("")
    p.git("config", "--global", "core.excludesFile", str(p.place / "excludes"))
    yield
    (p.place / "excludes").write_text("*.md\n")


def git_settings_of_another_file_edited(p: Project) -> Iterator[None]:
    settings = p.place / "settings"
    settings.write_text("[user]\n\tname = Ada\n")
    p.env["GIT_CONFIG_GLOBAL"] = str(settings)
    (p.place / "excludes").write_text("*.md\n")
    yield
    settings.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def included_git_settings_edited(p: Project) -> Iterator[None]:
    more = p.place / "home/more"
    more.write_text("")
    p.git("config", "--global", "include.path", str(more))
    (p.place / "excludes").write_text("*.md\n")
    yield
    more.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def linked_git_settings_edited(p: Project) -> Iterator[None]:
    kept = p.place / "dotfiles"
    (p.place / "home/.gitconfig").rename(kept)
    (p.place / "home/.gitconfig").symlink_to(kept)
    (p.place / "excludes").write_text("*.md\n")
    yield
    kept.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def ignored_file_named_literally(p: Project) -> Iterator[None]:
    p.write({"secret/key": "1"}).loops("unit: {run: mark unit, cycle: 1s, inputs: [secret/key]}")
    yield
    p.write({"secret/key": "2"})


def ignored_file_named_literally_appears(p: Project) -> Iterator[None]:
    p.write({"secret/other": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: [src, secret/deep/key]}")
    yield
    p.write({"secret/deep/key": "2"})


def file_in_an_ignored_folder_that_a_glob_names(p: Project) -> Iterator[None]:
    p.write({"secret/one.csv": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['secret/*.csv']}")
    yield
    p.write({"secret/two.csv": "2"})


def file_deep_in_an_ignored_folder_that_a_glob_names(p: Project) -> Iterator[None]:
    p.write({"secret/other": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: [src, 'secret/deep/*.csv']}")
    yield
    p.write({"secret/deep/two.csv": "2"})


def submodule_edited(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    yield
    p.write({"lib/code.py": "2"})


def new_file_in_a_submodule(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    yield
    p.write({"lib/more/new.py": "2"})


def data_ignored_beside_a_submodule(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    p.write({"lib/src/x.py": "1", "secret/one.csv": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['lib/src/*.py', 'secret/*.csv']}")
    yield
    p.write({"secret/one.csv": "2"})


def nested_repository_edited(p: Project) -> Iterator[None]:
    library(p, "project/nested")
    yield
    p.write({"nested/code.py": "2"})


def nested_repository_gains_a_file(p: Project) -> Iterator[None]:
    library(p, "project/nested")
    yield
    p.write({"nested/new.py": "2"})


def library(p: Project, name: str) -> None:
    folder = p.place / name
    folder.mkdir()
    (folder / "code.py").write_text("1")
    p.git("init", "-q", cwd=folder)
    p.git("add", ".", cwd=folder)
    p.git("commit", "-qm", "library", cwd=folder)
