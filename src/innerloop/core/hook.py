"""A git hook of ours: what it says as a shell script, and what it was told when it was written."""

from __future__ import annotations

import json
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.words import quote

NAMES = ("pre-commit", "pre-push")
"""the hooks there can be"""
KEPT = "before-loop"
_MARK = "# innerloop hook "


class Served(NamedTuple):
    """A project that a hook is for."""

    path: str
    """of the folder of its loops.yaml, from the top of the work tree; empty: the top itself"""
    loop: str
    """the `loop` that installed it, absolute; empty: the hook looks for one"""


class Hook(NamedTuple):
    """All that a hook depends on."""

    name: str
    before: str
    """the file beside it that was there before, and runs first; empty: there was none"""
    served: tuple[Served, ...]

    def serving(self, served: Served) -> Hook:
        """The same hook, for this project too."""
        others = (one for one in self.served if one.path != served.path)
        return self._replace(served=tuple(sorted((*others, served))))

    def without(self, paths: tuple[str, ...]) -> Hook:
        """The same hook, no longer for these."""
        return self._replace(served=tuple(one for one in self.served if one.path not in paths))


class Found(NamedTuple):
    """A hook of ours, read back."""

    hook: Hook | None
    """None where not even that can be read"""
    intact: bool
    """nobody has edited it since"""


def written(hook: Hook) -> str:
    """The script. It goes by nothing that a poor environment could lack, `sh` and `git` aside."""
    told = {"name": hook.name, "before": hook.before, "served": hook.served}
    data = json.dumps(told)
    serve = "".join(f'walk {quote(p)} {quote(loop)} "$@" || exit\n' for p, loop in hook.served)
    stdin = _PUSHED if hook.name == "pre-push" else _SILENT
    first = _FIRST.format(before=quote(hook.before)) if hook.before else ""
    skip = _SKIP[hook.name]
    tail = f"\nhook={hook.name}\n{_TOP}{stdin}{first}{_WALK}\nskip={quote(skip)}\n{serve}"
    return f"{_HEAD}{_MARK}{_seal(_HEAD, data, tail)} {data}\n{tail}"


def read(text: str) -> Found | None:
    """What a script of ours was told, of whichever version; None: it is somebody else's."""
    head, mark, rest = text.partition(f"\n{_MARK}")
    if not mark:
        return None
    line, _, tail = rest.partition("\n")
    seal, _, data = line.partition(" ")
    try:
        told = json.loads(data)
        served = tuple(Served(path, loop) for path, loop in told["served"])
        hook = Hook(told["name"], told["before"], served)
    except (ValueError, TypeError, KeyError):
        return Found(None, intact=False)
    return Found(hook, intact=seal == _seal(f"{head}\n", data, tail))


def _seal(head: str, data: str, tail: str) -> str:
    return blake(f"{head}{data}\n{tail}".encode("utf-8", "surrogateescape"))


_HEAD = """\
#!/bin/sh
# Written by `loop hook install`; `loop hook uninstall` puts back what was here before.
"""
_SKIP = {"pre-commit": "git commit --no-verify", "pre-push": "git push --no-verify"}

# Git starts a hook at the top of the work tree, with paths from there in its variables.
_TOP = """
case $0 in
    /*) here=${0%/*} ;;
    */*) here=$PWD/${0%/*} ;;
    *) here=$PWD ;;
esac
case ${GIT_DIR-} in '' | /*) ;; *) GIT_DIR=$PWD/$GIT_DIR ;; esac
case ${GIT_WORK_TREE-} in '' | /*) ;; *) GIT_WORK_TREE=$PWD/$GIT_WORK_TREE ;; esac
case ${GIT_INDEX_FILE-} in '' | /*) ;; *) GIT_INDEX_FILE=$PWD/$GIT_INDEX_FILE ;; esac
if [ ! -e .git ]; then
    top=$(git rev-parse --show-toplevel) && cd "$top" || exit 1
fi
top=$PWD
"""

_PUSHED = """
# What is pushed is told on stdin, and everybody who runs here is to hear it.
pushed=$(cat)
told() {
    if [ -n "$pushed" ]; then
        printf '%s\\n' "$pushed" | "$@"
    else
        "$@" < /dev/null
    fi
}

# A line is: local ref, commit, remote ref, commit; the first may have spaces in it.
has() {
    [ -n "$(told cat | while read -r line; do
        line=${line% *}
        line=${line% *}
        git cat-file -e "${line##* }:$1" 2> /dev/null && echo found
    done)" ]
}
"""

_SILENT = """
told() {
    "$@"
}

has() {
    git cat-file -e ":$1" 2> /dev/null
}
"""

_FIRST = """
before=$here/{before}
if [ -x "$before" ]; then
    told "$before" "$@" || exit
elif [ ! -e "$before" ] && [ ! -L "$before" ]; then
    printf 'loop: %s is gone: it was there before loop, and ran first\\n' "$before" >&2
fi
"""

_WALK = """
if [ "${LOOP_HOOK-}" = 0 ]; then
    printf 'loop: LOOP_HOOK=0, so nothing is checked at %s\\n' "$hook" >&2
    exit 0
fi

ours() {
    case $("$1" --version 2> /dev/null) in
        "innerloop "*) ;;
        *) return 1 ;;
    esac
}

# The branch that is checked out may have no loops.yaml, and what is checked one all the same; and
# an environment may have been made anew since.
walk() {
    home=$top${1:+/$1}
    unset below
    if ! cd "$home" 2> /dev/null || [ ! -f loops.yaml ]; then
        cd "$top" && has "${1:+$1/}loops.yaml" || return 0
        below=$1
    fi
    first=$2
    shift 2
    for loop in "$first" "$home/.venv/bin/loop" "$top/.venv/bin/loop" loop; do
        if [ "$loop" = "$first" ]; then
            [ -x "$loop" ] || continue
        else
            ours "$loop" || continue
        fi
        told "$loop" hook run ${below+--project "$below"} "$hook" "$@"
        code=$?
        case $code in
            126 | 127) ;;
            *) return "$code" ;;
        esac
    done
    {
        printf 'error: there is no loop to check %s with\\n' "$home"
        printf 'looked for: %s.venv/bin/loop, and loop on PATH\\n' "${first:+$first, }"
        printf 'install it and run: loop hook install\\n'
        printf 'this once without it: %s\\n' "$skip"
        printf 'from now on without it: remove %s\\n' "$here/$hook"
    } >&2
    return 1
}
"""
