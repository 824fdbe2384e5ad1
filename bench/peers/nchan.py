"""nginx with nchan, the peer in C: one worker, messages kept in memory as it does by default."""

import getpass
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.peers.payload import CLOUD_EVENT
from bench.target import PORT, Target, request, running

NGINX = Path("/usr/sbin/nginx")
MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

_CONFIG = """
load_module {module};
user {user};
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  nchan_shared_memory_size 256m;
  server {{
    listen {host}:{port} backlog=4096;
    location = /publish {{
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length 100;
    }}
    location = /stream {{
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }}
    location = /ws {{
      nchan_subscriber websocket;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }}
    location ~ ^/tell/(\\w+)$ {{
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 100;
    }}
    location ~ ^/inbox/(\\w+)$ {{
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


def missing() -> str | None:
    """Why nchan cannot be measured here, or None."""
    return None if NGINX.exists() and MODULE.exists() else "libnginx-mod-nchan is not installed"


@contextmanager
def nchan() -> Iterator[Target]:
    """nginx on a temporary folder of its own."""
    host = machine.fresh_address()
    with tempfile.TemporaryDirectory(prefix="bench-nchan-") as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                module=MODULE,
                user=getpass.getuser(),
                files=os.sysconf("SC_OPEN_MAX"),
                folder=folder,
                host=host,
                port=PORT,
            )
        )
        with running([str(NGINX), "-p", folder, "-c", str(config), "-e", "stderr"], host) as pid:
            yield Target(
                name="nginx + nchan",
                host=host,
                port=PORT,
                pid=pid,
                stream=request("GET", "/stream", {"Accept": "text/event-stream"}),
                publish=request(
                    "POST", "/publish", {"Content-Type": "application/json"}, CLOUD_EVENT
                ),
            )
