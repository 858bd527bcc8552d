# SPDX-License-Identifier: 0BSD
"""Who links OpenSSL, who can read a key, and what a session can get at."""
from __future__ import annotations

import os
import pathlib
import pwd
import socket
import subprocess
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority
from mailhost import BIN, PREFIX, Mailhost, wait_for
from tlsservice import Service, ask, call, pair, put, request, send

HERE = pathlib.Path(__file__).parent
KEY = PREFIX / "control/servercert.pem"


@pytest.fixture
def serving(host: Mailhost) -> Iterator[Service]:
    put("servercert.pem", Authority(pathlib.Path("/tmp/authority")).issue("mx.test"))
    server = Service()
    server.start()
    yield server
    server.end()
    tlsservice.clean()


@pytest.fixture
def service_of_nobody(host: Mailhost) -> Iterator[Service]:
    """It is not running yet, and has no certificate."""
    server = Service()
    yield server
    server.end()
    tlsservice.clean()


def held(service: Service) -> tuple[socket.socket, socket.socket]:
    """A session that stays in its handshake."""
    net, ours = pair()
    caller = call("server")
    send(caller, request("server"), ours.fileno())
    ours.close()
    wait_for(lambda: [pid for pid in service.sessions() if "Max open files            3 " in
                      pathlib.Path(f"/proc/{pid}/limits").read_text()], what="a session")
    return net, caller


def test_openssl_is_in_one_program() -> None:
    linked = set()
    for path in BIN.iterdir():
        with open(path, "rb") as program:
            if program.read(4) != b"\x7fELF":
                continue
        run = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
        libraries = {word for line in run.stdout.splitlines() for word in [line.split()[0]]
                     if not word.startswith(("linux-vdso", "libc.", "/lib", "libasan", "libubsan",
                                             "libm.", "libgcc", "libdl", "libpthread", "librt",
                                             "libstdc++", "libresolv", "statically", "not"))}
        if libraries:
            linked.add((path.name, tuple(sorted(libraries))))
    assert {one for one in linked if "libssl.so.3" in one[1]} == {
        ("qmail-tlsd", ("libcrypto.so.3", "libssl.so.3"))}
    # what mail passes through has none at all; DKIM's programs have libcrypto
    assert all(name.startswith("qmail-dkim") and libraries == ("libcrypto.so.3",)
               for name, libraries in linked if name != "qmail-tlsd"), linked


THIEF = """import ctypes, os, sys
found = []
def attempt(what, call):
    try:
        if call():
            found.append(what)
    except OSError:
        pass
def reads(path):
    with open(path, "rb") as file:
        return b"PRIVATE" in file.read(1 << 20) or not os.path.isfile(path)
libc = ctypes.CDLL(None, use_errno=True)
key = sys.argv[1]
attempt("file", lambda: reads(key))
link = "/tmp/thief.%d" % os.getpid()
attempt("link", lambda: (os.symlink(key, link), reads(link))[1])
attempt("hard link", lambda: (os.link(key, "/tmp/thief.hard"), True)[1])
attempt("rename", lambda: (os.rename(key, key + ".old"), True)[1])
attempt("folder", lambda: (os.rename(os.path.dirname(key), "/tmp/thief.folder"), True)[1])
attempt("chmod", lambda: (os.chmod(key, 0o644), True)[1])
for pid in sys.argv[2:]:
    proc = "/proc/" + pid
    for name in "mem", "root/control/servercert.pem", "cwd/servercert.pem", "environ", "maps":
        attempt(name, lambda: open(proc + "/" + name, "rb").read(1) or name == "mem")
    attempt("descriptors", lambda: os.listdir(proc + "/fd"))
    attempt("trace", lambda: libc.ptrace(16, int(pid), 0, 0) == 0)
    attempt("signal", lambda: (os.kill(int(pid), 0), True)[1])
sys.stdout.write(repr(found))
"""


@pytest.mark.parametrize("user", ["qmaild", "qmailr", "qmailq", "qmails", "qmailt", "vecjoe"])
def test_no_mail_account_can_read_the_key_by_any_path(user: str, serving: Service) -> None:
    net, caller = held(serving)
    assert serving.process
    pids = [serving.process.pid, serving.worker(), *serving.sessions()]
    entry = pwd.getpwnam(user)
    run = subprocess.run(["python3", "-c", THIEF, KEY, *map(str, pids)], capture_output=True,
                         text=True, timeout=60, check=True, user=entry.pw_uid,
                         group=entry.pw_gid, extra_groups=[])
    # its own uid may send signals: one session could end another, not read it
    assert run.stdout == ("['signal', 'signal']" if user == "qmailt" else "[]")
    net.close()
    caller.close()


def test_the_thief_would_find_a_key_that_lies_open(serving: Service) -> None:
    KEY.chmod(0o644)
    entry = pwd.getpwnam("qmaild")
    run = subprocess.run(["python3", "-c", THIEF, KEY], capture_output=True, text=True,
                         timeout=60, check=True, user=entry.pw_uid, group=entry.pw_gid,
                         extra_groups=[])
    assert run.stdout == "['file', 'link']"


def status(pid: int) -> dict[str, str]:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_worker_and_session_have_given_everything_up(serving: Service) -> None:
    net, caller = held(serving)
    qmailt = pwd.getpwnam("qmailt")
    for pid in serving.worker(), *serving.sessions():
        told = status(pid)
        assert set(told["Uid"].split()) == {str(qmailt.pw_uid)}
        assert set(told["Gid"].split()) == set(told["Groups"].split()) == {str(qmailt.pw_gid)}
        for capabilities in "CapInh", "CapPrm", "CapEff", "CapAmb":
            assert int(told[capabilities], 16) == 0
        assert told["NoNewPrivs"] == "1"
        assert told["Seccomp"] == "2", "no filter of system calls"
        assert os.readlink(f"/proc/{pid}/root") == str(PREFIX / "tls/empty")
        assert not os.listdir(f"/proc/{pid}/root")
    session = serving.sessions()[0]
    limits = pathlib.Path(f"/proc/{session}/limits").read_text()
    assert "Max open files            3                    3 " in limits
    assert "Max processes             0                    0 " in limits
    assert "Max cpu time              600 " in limits
    net.close()
    caller.close()


@pytest.fixture
def preload(tmp_path: pathlib.Path) -> str:
    library = tmp_path / "confined.so"
    tmp_path.chmod(0o755)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, HERE / "confined.c", "-ldl"],
                   check=True, timeout=120)
    return str(library)


def test_a_session_can_open_no_file_and_make_no_process(
        serving: Service, preload: str, host: Mailhost) -> None:
    if os.environ.get("SANITIZED"):
        pytest.skip("a sanitized program is preloaded with its own")
    serving.stop()
    serving.start(LD_PRELOAD=preload)
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-connect",
             f"127.0.0.1:{server.getsockname()[1]}"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ours, _ = server.accept()
    verdict, plain = ask("server", ours)
    assert verdict["result"] == "done" and plain
    assert client.stdin
    client.stdin.write(b"hello\n")
    client.stdin.flush()
    assert plain.recv(100) == b"hello\n"
    plain.close()
    client.communicate(timeout=60)

    def said() -> list[str]:
        return [line for line in serving.said().splitlines() if line.startswith("attempt ")]
    wait_for(lambda: len(said()) == 25, what="all attempts")
    assert not [line for line in said() if "SUCCEEDED" in line]


def test_a_session_has_memory_of_its_own_beside_many_certificates(serving: Service) -> None:
    """What the worker holds already, here 70 MB, is not taken from it."""
    first = put("tlshosts/mx0.far.test.pem", "\n" * 1_040_000, 0o644)
    for i in range(1, 70):
        os.link(first, first.with_name(f"mx{i}.far.test.pem"))
    assert "read everything again" in serving.reload()
    net, caller = held(serving)
    limits = pathlib.Path(f"/proc/{serving.sessions()[0]}/limits").read_text()
    most = int(limits.partition("Max data size")[2].split()[0])
    assert 64 << 20 < most - 69 * 1_040_000 < 100 << 20
    net.close()
    caller.close()


def test_nobody_else_can_hold_the_lock(service_of_nobody: Service) -> None:
    lock = PREFIX / "tls/lock"
    lock.touch()
    lock.chmod(0o644)
    service_of_nobody.start()
    assert lock.stat().st_mode & 0o777 == 0o600
