"""deploy/nginx.conf in the real nginx, with the places of this machine in it and else as it ships."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import free_port, is_open

SHIPPED = Path(__file__).parents[1] / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
PATIENCE = 30


def needs(program: str, package: str) -> str:
    """Where a program of the system is; skips the test where it is not."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.skip(f"{program} is not installed: run `apt-get install {package}`.")
    return found


def place_site(folder: Path, service: str = "127.0.0.1:8001", changes: Mapping[str, str] | None = None) -> Path:
    """The file in this folder, with a certificate of its own, before one service; `changes` are made to it besides."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    subject = ("-subj", "/CN=survey", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", key, "-out", certificate)
    subprocess.run([needs("openssl", "openssl"), *made], check=True, capture_output=True)
    temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in TEMPORARY)
    places = {
        "/etc/ssl/survey": str(folder), "/var/log/nginx": str(folder), "/run/nginx.pid": f"{folder}/nginx.pid",
        "user www-data;": "user root;" if os.geteuid() == 0 else "", "http {": f"http {{ {temporary}",
        "server 127.0.0.1:8000;": f"server {service};", "server 127.0.0.1:8001;": f"server {service};",
        "server 127.0.0.1:8002;": "",
        "listen 80;": f"listen 127.0.0.1:{free_port()};", "listen 443 ": f"listen 127.0.0.1:{free_port()} ",
        "worker_processes auto": "worker_processes 1",
    }  # fmt: skip
    site = re.sub(r"listen \[::\]:\d+[^;]*;", "", SHIPPED.read_text(encoding="utf-8"))
    for old, new in {**places, **(changes or {})}.items():
        assert old in site, old
        site = site.replace(old, new)
    path = folder / "nginx.conf"
    path.write_text(site, encoding="utf-8")
    return path


@contextmanager
def running_nginx(folder: Path, service: str, changes: Mapping[str, str] | None = None) -> Iterator[str]:
    """nginx before this service, at the address that it gives."""
    site = place_site(folder, service.removeprefix("http://"), changes)
    port = re.findall(r"listen 127\.0\.0\.1:(\d+) ssl", site.read_text(encoding="utf-8"))[0]
    command = [needs("nginx", "nginx-light"), "-e", folder / "start", "-c", site, "-g", "daemon off;"]
    process = subprocess.Popen([str(word) for word in command])
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_open(f"http://127.0.0.1:{port}"):  # anything that answers: the port speaks TLS
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)
