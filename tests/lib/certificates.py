# SPDX-License-Identifier: 0BSD
"""Certificates for tests, made by openssl(1): an authority, and whom it vouches for."""
from __future__ import annotations

import pathlib
import subprocess

KEYS = {"rsa": ["-newkey", "rsa:2048"],
        "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def openssl(*arguments: object) -> bytes:
    run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=120,
                         check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: pathlib.Path, name: str = "Test authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.cert = folder / "ca.pem"
        self.key = folder / "ca.key"
        self.count = 0
        openssl("req", "-x509", "-nodes", *KEYS["ecdsa"], "-keyout", self.key, "-out", self.cert,
                "-days", 30, "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (folder / "index").write_text("")
        (folder / "ca.conf").write_text(
            f"[ca]\ndefault_ca = here\n[here]\ndatabase = {folder}/index\n"
            f"default_md = sha256\ndefault_crl_days = 30\n"
            "unique_subject = no\n")

    def issue(self, name: str, kind: str = "ecdsa", days: int = 30,
              email: str = "", start: str = "", end: str = "") -> str:
        """A certificate for a host, its issuer's, and its key, as one text. With start and
        end (YYYYMMDDHHMMSSZ) it is good for that time."""
        self.count += 1
        base = self.folder / f"{self.count}"
        request, cert, key = (base.with_suffix(s) for s in (".req", ".crt", ".key"))
        openssl("req", "-new", "-nodes", *KEYS[kind], "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        alternative = f"email:{email}" if email else f"DNS:{name}"
        extensions = base.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternative}\nbasicConstraints=CA:FALSE\n"
                              "crlDistributionPoints=URI:http://ca.test/crl.pem\n")
        if end:
            config = base.with_suffix(".conf")
            config.write_text(
                (self.folder / "ca.conf").read_text() + f"new_certs_dir = {self.folder}\n"
                "rand_serial = yes\npolicy = any\nemail_in_dn = no\n"
                "[any]\ncommonName = supplied\n")
            openssl("ca", "-batch", "-config", config, "-cert", self.cert, "-keyfile", self.key,
                    "-in", request, "-out", cert, "-startdate", start, "-enddate", end,
                    "-extfile", extensions, "-notext")
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key,
                    "-set_serial", 1000 + self.count, "-days", days, "-extfile", extensions,
                    "-out", cert)
        return cert.read_text() + self.cert.read_text() + key.read_text()

    def withdraw(self, text: str = "") -> str:
        """The list of withdrawn certificates, after one more."""
        if text:
            cert = self.folder / "withdrawn.crt"
            cert.write_text(text)
            openssl("ca", "-config", self.folder / "ca.conf", "-cert", self.cert, "-keyfile",
                    self.key, "-revoke", cert)
        return openssl("ca", "-config", self.folder / "ca.conf", "-cert", self.cert, "-keyfile",
                       self.key, "-gencrl").decode()


def self_signed(folder: pathlib.Path, name: str, kind: str = "ecdsa") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    cert, key = folder / "self.crt", folder / "self.key"
    openssl("req", "-x509", "-nodes", *KEYS[kind], "-keyout", key, "-out", cert, "-days", 30,
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    return cert.read_text() + key.read_text()
