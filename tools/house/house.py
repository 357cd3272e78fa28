#!/usr/bin/env python3
"""The house test: what the tree promises about its own structure, checked in seconds.

    house.py [ROOT]      prints each broken promise with its place; exit status 1 if there is any

The promises: src/ARROWS agrees with every #include and every USES and has no cycle; engine and cloud never name each
other; every source belongs to its room's list; words that have one home stay there; every skip says why; documents name
files that exist; files stay short enough to read.
"""

from __future__ import annotations

import pathlib
import re
import sys

SOURCE_ENDINGS = {".h", ".cc"}
FILE_LINES_MAX = 1000

# word (as a regular expression) -> (what to use instead, path prefixes where it is at home)
BANNED = {
    r"\bthrow\b": ("return an Error", ["src/engine/duck/"]),
    r"\bcatch\s*\(": ("Result; a foreign library's exceptions are caught in one file",
                      ["src/engine/duck/"]),
    r"\bstd::(recursive_|shared_)?mutex\b": ("base/mutex.h", ["src/base/mutex.h"]),
    r"\bstd::(lock_guard|unique_lock|scoped_lock)\b": ("MutexLock of base/mutex.h", ["src/base/mutex.h"]),
    r"\bstd::j?thread\b": ("base/thread_pool.h", ["src/base/thread_pool."]),
    r"\bsystem_clock::now\b": ("a Clock passed in", ["src/base/clock.cc"]),
    r"\bsteady_clock::now\b": ("a Clock passed in", ["src/base/clock.cc"]),
    r"\b(std::)?s?rand\(": ("a Random passed in", []),
    r"\bstd::(random_device|mt19937(_64)?)\b": ("a Random passed in", ["src/base/random.cc"]),
    r"\bgetenv\b": ("a flag or a setting, read in app", ["src/app/"]),
    r"\bstd::regex\b": ("a hand-written match or re2", []),
    r"\b(FIXME|XXX)\b": ("an issue, or the fix", []),
    r"#include\s*[<\"]duckdb": ("the face of engine/duck", ["src/engine/duck/"]),
}
# A test may start threads and read clocks where it plays the outside world.
BANNED_OUTSIDE_TESTS = {r"\bstd::j?thread\b", r"\bsteady_clock::now\b", r"\bcatch\s*\(",
                        r"\bstd::(random_device|mt19937(_64)?)\b", r"\bgetenv\b", r"\bthrow\b",
                        r"\bstd::(recursive_|shared_)?mutex\b", r"\bsystem_clock::now\b",
                        r"\bstd::(lock_guard|unique_lock|scoped_lock)\b"}


def read_arrows(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """Rooms in their order with the rooms they may use; and what is wrong with the list itself."""
    rooms: dict[str, list[str]] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        room, _, uses = line.partition(":")
        room = room.strip()
        if room in rooms:
            faults.append(f"src/ARROWS:{number}: {room} is listed twice")
        for used in uses.split():
            if used not in rooms:
                faults.append(f"src/ARROWS:{number}: {room} may use {used}, which is not above it: a cycle or a typing slip")
            if {room.split("/")[0], used.split("/")[0]} == {"engine", "cloud"}:
                faults.append(f"src/ARROWS:{number}: engine and cloud meet only over the wire ({room} -> {used})")
        rooms[room] = uses.split()
    return rooms, faults


def room_of(path: pathlib.PurePosixPath, rooms: dict[str, list[str]]) -> str | None:
    """The room a path below src/ stands in: the longest room name that is a prefix of it."""
    best = None
    for room in rooms:
        if str(path).startswith(room + "/") and (best is None or len(room) > len(best)):
            best = room
    return best


def parse_room_call(text: str) -> dict[str, list[str]]:
    """The keyword lists of the firn_room() call in a CMakeLists.txt."""
    text = re.sub(r"#.*", "", text)
    match = re.search(r"firn_room\(([^)]*)\)", text)
    lists: dict[str, list[str]] = {}
    if not match:
        return lists
    words = match.group(1).split()
    lists["ROOM"] = words[:1]
    current = None
    for word in words[1:]:
        if word in {"HEADERS", "SOURCES", "TESTS", "TEST_TOOLS", "FUZZ", "USES", "LINKS", "TEST_LINKS", "TEST_USES", "MAIN", "PRIVATE_LINKS"}:
            current = lists.setdefault(word, [])
        elif current is not None:
            current.append(word)
    return lists


def strip_comments(line: str) -> str:
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line) if "#include" not in line else line
    return line.split("//", 1)[0]


def check_includes(root: pathlib.Path, rooms: dict[str, list[str]]) -> list[str]:
    faults = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in SOURCE_ENDINGS:
            continue
        relative = pathlib.PurePosixPath(path.relative_to(root / "src").as_posix())
        room = room_of(relative, rooms)
        if room is None:
            faults.append(f"src/{relative}: stands in no room of src/ARROWS")
            continue
        is_test = path.stem.endswith(("_test", "_testing", "_fuzz"))
        allowed = {room, *rooms[room]}
        if is_test:
            allowed |= set(parse_room_call((root / "src" / room / "CMakeLists.txt").read_text()).get("TEST_USES", []))
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = re.match(r'\s*#include\s+"([^"]+)"', line)
            if not match:
                continue
            included = pathlib.PurePosixPath(match.group(1))
            target = room_of(included, rooms)
            if target is None:
                faults.append(f"src/{relative}:{number}: includes \"{included}\", which is in no room")
            elif target not in allowed:
                faults.append(f"src/{relative}:{number}: {room} -> {target} is not an arrow of src/ARROWS")
            elif included.stem.endswith("_internal") and target != room:
                faults.append(f"src/{relative}:{number}: {included} is private to {target}")
            elif not (root / "src" / included).exists():
                faults.append(f"src/{relative}:{number}: includes {included}, which does not exist")
    return faults


def check_lists(root: pathlib.Path, rooms: dict[str, list[str]]) -> list[str]:
    faults = []
    for room, uses in rooms.items():
        lists_path = root / "src" / room / "CMakeLists.txt"
        if not lists_path.exists():
            faults.append(f"src/{room}: listed in src/ARROWS, has no CMakeLists.txt")
            continue
        lists = parse_room_call(lists_path.read_text())
        if lists.get("ROOM") != [room]:
            faults.append(f"src/{room}/CMakeLists.txt: must call firn_room({room} …)")
        for used in lists.get("USES", []):
            if used not in uses:
                faults.append(f"src/{room}/CMakeLists.txt: USES {used}, which is not an arrow of src/ARROWS")
        listed = [name for key in ("HEADERS", "SOURCES", "TESTS", "TEST_TOOLS", "FUZZ", "MAIN") for name in lists.get(key, [])]
        for name in listed:
            if not (root / "src" / room / name).exists():
                faults.append(f"src/{room}/CMakeLists.txt: lists {name}, which does not exist")
        on_disk = {
            path.relative_to(root / "src" / room).as_posix()
            for path in (root / "src" / room).rglob("*")
            if path.suffix in SOURCE_ENDINGS
            and room_of(pathlib.PurePosixPath(path.relative_to(root / "src").as_posix()), rooms) == room
        }
        for name in sorted(on_disk - set(listed)):
            faults.append(f"src/{room}/{name}: in no list of its CMakeLists.txt, so it is not built or not known")
        for name in {n for n in listed if listed.count(n) > 1}:
            faults.append(f"src/{room}/CMakeLists.txt: lists {name} twice")
    return faults


def check_words(root: pathlib.Path) -> list[str]:
    faults = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in SOURCE_ENDINGS:
            continue
        relative = path.relative_to(root).as_posix()
        is_test = path.stem.endswith(("_test", "_testing", "_fuzz")) or "test_" in path.stem
        lines = path.read_text(errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            code = strip_comments(line)
            for word, (instead, homes) in BANNED.items():
                if is_test and word in BANNED_OUTSIDE_TESTS:
                    continue
                if re.search(word, code) and not any(relative.startswith(home) for home in homes):
                    faults.append(f"{relative}:{number}: `{re.search(word, code).group(0)}` has no place here; use {instead}")
            if "NOLINT" in line and not re.search(r"NOLINT(NEXTLINE)?\([a-z0-9.,\- ]+\): .", line):
                faults.append(f"{relative}:{number}: NOLINT must name its check and say why: NOLINT(check): reason")
            if "GTEST_SKIP()" in line and "<<" not in line:
                faults.append(f"{relative}:{number}: a skip says why: GTEST_SKIP() << reason")
        if len(lines) > FILE_LINES_MAX:
            faults.append(f"{relative}: {len(lines)} lines, over {FILE_LINES_MAX}: two things in one?")
    return faults


def check_skips(root: pathlib.Path) -> list[str]:
    faults = []
    for path in sorted((root / "test").rglob("*.py")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"pytest\.(skip|xfail)\(\s*\)", line) or (
                re.search(r"mark\.(skip|skipif|xfail)", line) and "reason=" not in line
            ):
                faults.append(f"{path.relative_to(root)}:{number}: a skip says why, on its own line: reason=…")
    for path in sorted((root / "test").rglob("*.test")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("skip") and len(line.split(None, 1)) < 2:
                faults.append(f"{path.relative_to(root)}:{number}: a skip says why: skip <reason>")
    return faults


def check_documents(root: pathlib.Path) -> list[str]:
    """Paths in backticks exist; each room has its page."""
    faults = []
    pages = [p for p in root.glob("*.md")] + sorted((root / "docs").rglob("*.md")) + sorted((root / "src").rglob("README.md"))
    for page in pages:
        for number, line in enumerate(page.read_text().splitlines(), 1):
            for named in re.findall(r"`((?:src|docs|tools|test|deps|cmake|bench)/[A-Za-z0-9_./-]+)`", line):
                if not (root / named).exists():
                    faults.append(f"{page.relative_to(root)}:{number}: names {named}, which does not exist")
    return faults


def check_all(root: pathlib.Path) -> list[str]:
    rooms, faults = read_arrows((root / "src" / "ARROWS").read_text())
    faults += check_includes(root, rooms)
    faults += check_lists(root, rooms)
    faults += check_words(root)
    faults += check_skips(root)
    faults += check_documents(root)
    for room in rooms:
        if not (root / "src" / room / "README.md").exists():
            faults.append(f"src/{room}: has no README.md")
    return faults


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults = check_all(root)
    for fault in faults:
        print(fault)
    print(f"house: {len(faults)} broken promises" if faults else "house: every promise holds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
