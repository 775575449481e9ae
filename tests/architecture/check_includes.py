#!/usr/bin/env python3
"""Who may include whom: the rooms of the house, and what each may see.

Usage: check_includes.py [ROOT]. Prints one line for each fault and exits 1 if there is any.

A new room needs its row in ROOMS; a new dependency of a room, its word there. tests/ may see everything.
"""
import os
import re
import sys

# Standard headers that bring clocks, threads, files or chance: nothing for rooms that promise to be pure.
IMPURE = {"condition_variable", "filesystem", "fstream", "future", "iostream", "mutex", "random", "shared_mutex",
          "stop_token", "thread", "ctime", "cstdio"}

# folder: (own folders it may include, libraries it may include, pure)
# Libraries are the first part of an include such as <boost/asio.hpp>; "os" stands for the system's headers.
ROOMS = {
    "policy/core": (["policy/core"], [], True),
    "policy/yaml": (["policy/core", "policy/yaml"], ["yaml-cpp"], True),
    "policy/lint": (["policy/core", "policy/yaml", "policy/lint"], [], True),
    "swarm_client/model": (["swarm_client/model"], [], True),
    "swarm_client/transport": (["swarm_client/transport"], ["boost", "openssl", "os"], False),
    "swarm_client/simulated": (
        ["swarm_client/simulated", "swarm_client/model", "swarm_client"],
        ["boost", "nlohmann", "openssl", "os"], False),
    "swarm_client": (["swarm_client", "swarm_client/model", "swarm_client/transport"],
                     ["boost", "nlohmann", "openssl", "os"], False),
    "server": (
        ["server", "policy/core", "policy/yaml", "policy/lint", "swarm_client", "swarm_client/model",
         "swarm_client/simulated", "swarm_client/transport"],
        ["*", "os"], False),
    "stack": (["stack"], ["boost", "os"], False),
}

# Single files that may see something besides what their room may: each hides it from the rest.
EXCEPTIONS = {
    "policy/core/matcher.cpp": ["re2"],
    "policy/core/schedule.cpp": ["date"],  # the time zones
    "policy/yaml/path.cpp": ["filesystem"],  # to join two paths; it opens nothing
}

SKIPPED = {"build", "tests", ".git", ".ci", "data"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CLOCK = re.compile(r"\b(?:system|steady|high_resolution|utc)_clock\s*::\s*now\b|\bgettimeofday\b|\bclock_gettime\b")


def room_of(path):
    """The innermost room that holds a file, or None."""
    folder = os.path.dirname(path)
    while folder:
        if folder in ROOMS:
            return folder
        folder = os.path.dirname(folder)
    return None


def library_of(header):
    """None for a header of the standard library, else the library's name, or "os"."""
    if re.fullmatch(r"[a-z_0-9]+", header):
        return None
    first = header.split("/")[0]
    if first in ("sys", "netinet", "arpa", "linux", "net") or re.fullmatch(r"[a-z_0-9]+\.h", header):
        return {"simdjson.h": "simdjson", "crypt.h": "crypt", "sqlite3.h": "sqlite3"}.get(header, "os")
    return first


def faults_of_line(path, room, line, root):
    own, libraries, pure = ROOMS[room]
    if pure and CLOCK.search(line.split("//")[0]):
        yield "reads a clock: time is an argument here"
    found = INCLUDE.match(line)
    if not found:
        return
    quote, header = found.groups()
    if quote == '"':
        if not os.path.isfile(os.path.join(root, header)):
            yield f'includes "{header}", which is no file below the root: includes are rooted there'
        elif room_of(header) not in own:
            yield f'includes "{header}": {room} may include {", ".join(own)}'
        return
    library = library_of(header)
    if library is None:
        if pure and header in IMPURE and header not in EXCEPTIONS.get(path, []):
            yield f"includes <{header}>: {room} has no clock, no thread, no file and no chance"
    elif library not in libraries and library not in EXCEPTIONS.get(path, []):
        if not ("*" in libraries and library != "os"):
            yield f"includes <{header}>: {room} may include {', '.join(['the standard library', *libraries])}"


def sources(root):
    for folder, folders, files in os.walk(root):
        inside = os.path.relpath(folder, root)
        folders[:] = sorted(f for f in folders if inside != "." or f not in SKIPPED)
        for name in sorted(files):
            if name.endswith((".hpp", ".cpp", ".h", ".cc", ".ipp")):
                yield os.path.normpath(os.path.join(inside, name))


def check(root):
    """All faults below `root`, as text."""
    faults = []
    for path in sources(root):
        room = room_of(path)
        if room is None:
            faults.append(f"{path}:1: stands in no room: give its folder a row in check_includes.py")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                faults += [f"{path}:{number}: {fault}" for fault in faults_of_line(path, room, line, root)]
    return faults


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    files = list(sources(root))
    faults = check(root)
    for fault in faults:
        print(fault)
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
