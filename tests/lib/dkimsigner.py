# SPDX-License-Identifier: 0BSD
"""A DKIM signer for tests that can sign wrongly, too; it shares nothing with ours."""
from __future__ import annotations

import base64
import hashlib
import pathlib
import re
import subprocess
import tempfile
from dataclasses import dataclass


@dataclass
class Key:
    """A key pair, made and used by the openssl program."""

    path: pathlib.Path
    ed25519: bool = False

    def public(self) -> str:
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"],
                             capture_output=True, check=True).stdout
        return base64.b64encode(der[-32:] if self.ed25519 else der).decode()

    def record(self, **more: str) -> str:
        tags = {"v": "DKIM1", "k": "ed25519" if self.ed25519 else "rsa", **more}
        tags.setdefault("p", self.public())
        return "; ".join(f"{name}={value}" for name, value in tags.items())

    def sign(self, text: bytes, sha1: bool = False) -> bytes:
        with tempfile.NamedTemporaryFile() as file:
            if self.ed25519:
                file.write(hashlib.sha256(text).digest())
                file.flush()
                command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path,
                           "-in", file.name]
            else:
                file.write(text)
                file.flush()
                command = ["openssl", "dgst", "-sha1" if sha1 else "-sha256", "-sign",
                           self.path, file.name]
            return subprocess.run(command, capture_output=True, check=True).stdout


def make_key(folder: pathlib.Path, name: str, bits: int = 0) -> Key:
    """RSA of so many bits; 0: Ed25519."""
    path = folder / name
    how = (["genrsa", "-traditional", "-out", path, str(bits)] if bits
           else ["genpkey", "-algorithm", "ed25519", "-out", path])
    subprocess.run(["openssl", *how], capture_output=True, check=True)
    return Key(path, ed25519=not bits)


def fields_of(message: bytes) -> tuple[list[bytes], bytes]:
    """The header's fields, each with its line ends, and the body."""
    head, _, body = message.partition(b"\n\n")
    return re.findall(rb"[^\n]*\n(?:[ \t][^\n]*\n)*", head + b"\n"), body


def body_form(body: bytes, relaxed: bool) -> bytes:
    lines = body.split(b"\n")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if relaxed else b"\r\n"
    return b"\r\n".join(lines) + b"\r\n"


def field_form(field: bytes, relaxed: bool) -> bytes:
    if not relaxed:
        return field.replace(b"\n", b"\r\n")
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t\n]+", b" ", value).strip(b" ")
    return name.rstrip(b" \t").lower() + b":" + value + b"\r\n"


def header_text(fields: list[bytes], names: list[str], own: bytes, relaxed: bool) -> bytes:
    left = list(fields)
    text = b""
    for name in names:
        for at in range(len(left) - 1, -1, -1):
            if left[at].partition(b":")[0].strip().lower().decode("latin-1") == name.lower():
                text += field_form(left.pop(at), relaxed)
                break
    return text + field_form(own, relaxed)[:-2]


H = "from:to:subject:date"


def sign(message: bytes, key: Key, *, d: str = "a.test", s: str = "r", c: str = "relaxed/relaxed",
         h: str = H, a: str = "", fold: str = "\n\t", tail: str = "", spoil: str = "",
         algorithm: str = "", **tags: str) -> bytes:
    """The message with a signature at its top. Tags given replace the right ones or, if
    empty, leave them out; tail comes behind b=; spoil: text that replaces b='s."""
    fields, body = fields_of(message)
    header, _, form = c.partition("/")
    text = body_form(body, form == "relaxed")
    a = a or ("ed25519-sha256" if key.ed25519 else "rsa-sha256")
    sha1 = a.endswith("sha1")
    length = int(tags["l"]) if tags.get("l", "").isdigit() else len(text)
    digest = (hashlib.sha1 if sha1 else hashlib.sha256)(text[:length]).digest()
    every = {"v": "1", "a": algorithm or a, "c": c, "d": d, "s": s, "h": h,
             "bh": base64.b64encode(digest).decode(), **tags}
    start = "DKIM-Signature: " + ";".join(
        ("" if at == 0 else fold if at % 3 == 0 else " ") + f"{name}={value}"
        for at, (name, value) in enumerate(
            (name, value) for name, value in every.items() if value))
    own = f"{start};{fold}b="
    names = [name.strip() for name in h.replace("\n", "").split(":")]
    signed = key.sign(header_text(fields, names, (own + tail + "\n").encode("latin-1"),
                                  header == "relaxed"), sha1)
    sealed = spoil or base64.b64encode(signed).decode()
    sealed = fold.join(sealed[at:at + 64] for at in range(0, len(sealed), 64))
    return (own + sealed + tail + "\n").encode("latin-1") + message
