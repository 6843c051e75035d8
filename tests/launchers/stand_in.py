"""A server in a process of its own, in the place of SGLang's or vLLM's: says that it is healthy, and what it is.

``stand_in.py SECONDS``: until then it is loading. The port goes to stdout.
"""

from __future__ import annotations

import http.server
import json
import sys
import time

READY = time.monotonic() + float(sys.argv[1])
SAYS = {
    "/health": {},
    "/get_server_info": {
        "tp_size": 8,
        "pp_size": 1,
        "dp_size": 4,
        "enable_dp_attention": True,
        "version": "0.4.6.post4",
    },
    "/version": {"version": "0.11.0"},
    "/v1/models": {"data": [{"id": "org/model"}]},
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if time.monotonic() < READY else 200 if self.path in SAYS else 404)
        self.end_headers()
        self.wfile.write(json.dumps(SAYS.get(self.path, {})).encode())

    def log_message(self, *_: object) -> None:
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
