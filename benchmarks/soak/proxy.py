"""nginx before the replicas: round robin without stickiness, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from annotation.schema import TiebreakError
from benchmarks.soak.replicas import Replica
from tests.served import free_port

# The balancer alone, with the words of docs/nginx.conf; the second half gives nginx places of its
# own, so that no root is needed. A replica that was killed is asked again at once (max_fails=0).
_CONFIGURATION = """\
worker_processes 1;
events {{}}
http {{
  upstream replicas {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 256k;
    location / {{
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_next_upstream error timeout http_503 non_idempotent;
      proxy_next_upstream_tries 3;
    }}
  }}
  log_format replica '$upstream_addr';
  access_log served.log replica;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
}}
pid nginx.pid;
"""


class NoNginx(TiebreakError):
    """A machine without nginx."""


class Proxy(NamedTuple):
    """Where it listens, and what it writes down."""

    port: int
    log: Path
    """The addresses of the replicas that were asked, a line a request."""

    @property
    def url(self) -> str:
        """Where a browser asks."""
        return f"http://127.0.0.1:{self.port}"


def nginx() -> str:
    """The program; raises NoNginx."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        raise NoNginx("nginx is not installed")
    return found


@contextmanager
def before(replicas: Sequence[Replica]) -> Iterator[Proxy]:
    """nginx before these replicas until the end of the block; raises NoNginx."""
    program, port = nginx(), free_port()
    user = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="tiebreak-") as name:
        folder = Path(name)
        servers = " ".join(f"server 127.0.0.1:{each.port} max_fails=0;" for each in replicas)
        whole = _CONFIGURATION.format(servers=servers, port=port)
        (folder / "nginx.conf").write_text(whole, encoding="utf-8")
        if user:
            shutil.chown(folder, user)
        command = [program, "-p", name, "-c", f"{name}/nginx.conf", "-e", f"{name}/error.log"]
        subprocess.run(command, user=user, check=True)
        try:
            yield Proxy(port, folder / "served.log")
        finally:
            subprocess.run([*command, "-s", "stop"], user=user, check=True)
