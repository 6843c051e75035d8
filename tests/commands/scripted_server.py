"""A server that sends what a script says, byte by byte: ``scripted_server.py SCRIPT RECORD``, port on stdout.

SCRIPT is JSON: for each connection in turn (the last one again and again) a list of [seconds to wait, text in Latin-1]
and, in the place of a text, null to reset the connection. RECORD gets each request as a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from pathlib import Path


async def main(script: list[list[list[object]]], record: Path) -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        with record.open("a") as file:
            said = json.loads(body) if body else None
            file.write(json.dumps({"line": line, "headers": headers, "body": said}) + "\n")
        steps = script[min(served, len(script) - 1)]
        served += 1
        try:
            for seconds, text in steps:
                await asyncio.sleep(float(seconds))  # type: ignore[arg-type]
                if text is None:
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                writer.write(str(text).encode("latin-1"))
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])))
