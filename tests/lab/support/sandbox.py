"""Runs a program under the syscall filter and the address families that a unit names, without systemd.

Usage: sandbox.py UNIT PROGRAM ARGUMENTS...

systemd-analyze says which calls a set holds; libseccomp makes the filter. As systemd does it, what is not allowed fails
with SystemCallErrorNumber=, and only the first argument of socket() decides about families. Needs no right of its own
under no_new_privs.
"""

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys

ALLOW = 0x7FFF0000
ERRNO = 0x00050000
COMPARE_EQUAL = 4


class Compare(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def calls_of(name):
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True)
    lines = [line.strip() for line in listed.stdout.splitlines()[1:]]
    return set().union(*(calls_of(line) for line in lines if line and not line.startswith("#")))


def settings(unit, name):
    with open(unit, encoding="utf-8") as file:
        return re.findall(rf"^{name}=(.*)$", file.read(), re.MULTILINE)


def main():
    unit, command = sys.argv[1], sys.argv[2:]
    allowed = set()
    for value in settings(unit, "SystemCallFilter"):
        names = set().union(*(calls_of(word) for word in value.lstrip("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    families = [getattr(socket, word) for value in settings(unit, "RestrictAddressFamilies") for word in value.split()]
    refused = getattr(errno, settings(unit, "SystemCallErrorNumber")[0])

    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ERRNO | refused))
    rules = 0
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            continue
        if name == "socket":
            for family in families:
                rule = Compare(0, COMPARE_EQUAL, family, 0)
                assert library.seccomp_rule_add_array(context, ALLOW, number, 1, ctypes.byref(rule)) == 0
        else:
            rules += library.seccomp_rule_add_array(context, ALLOW, number, 0, None) == 0
    assert rules > 100, "the sets of calls are empty"
    assert library.seccomp_load(context) == 0
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    except OSError:
        pass
    else:
        raise AssertionError("the filter isn't in force")
    os.execv(command[0], command)


main()
