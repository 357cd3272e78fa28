"""A TCP proxy in front of a server: it delays each request by the time a far store takes to its first byte, and counts.

    latency.py TARGET_PORT DELAY_MS [PREFIX DELAY_MS]    prints its port and its control port

Requests whose path begins with PREFIX (the catalog of a server that is the store as well) take the second delay.

A line to the control port sets the delay in milliseconds, if it is a number, and answers the requests and the bytes since the
last one, as JSON. The delay is a request's, not a connection's: what is sent on other connections meanwhile does not wait.
"""

import asyncio
import json
import sys

METHODS = (b"GET ", b"PUT ", b"POST", b"HEAD", b"DELE")
counts = {"requests": 0, "bytes": 0}
delay_seconds = float(sys.argv[2]) / 1000
prefix, prefix_delay_seconds = (sys.argv[3].encode(), float(sys.argv[4]) / 1000) if len(sys.argv) > 3 else (b"", 0)


def delay_of(request):
    if prefix and request.split(b" ", 2)[1].startswith(prefix):
        return prefix_delay_seconds
    return delay_seconds


async def serve(reader, writer):
    try:
        there, back = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    except OSError:
        return writer.close()

    async def ask():
        try:
            while data := await reader.read(1 << 20):
                if data.startswith(METHODS):
                    counts["requests"] += 1
                    if delay := delay_of(data):
                        await asyncio.sleep(delay)
                back.write(data)
                await back.drain()
        finally:
            back.close()

    async def answer():
        try:
            while data := await there.read(1 << 20):
                counts["bytes"] += len(data)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    await asyncio.gather(ask(), answer(), return_exceptions=True)


async def control(reader, writer):
    global delay_seconds
    while line := await reader.readline():
        if line.strip():
            delay_seconds = float(line) / 1000
        writer.write(json.dumps(counts).encode() + b"\n")
        counts.update(requests=0, bytes=0)
        await writer.drain()
    writer.close()


async def main():
    proxy = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    controller = await asyncio.start_server(control, "127.0.0.1", 0)
    print(proxy.sockets[0].getsockname()[1], controller.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(proxy.serve_forever(), controller.serve_forever())


asyncio.run(main())
