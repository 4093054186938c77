"""A peer in another language, with websockets: prints READY, FRAME with its number and its JSON, CLOSED and
the code.

Usage: peer.py URL; each line of its standard input is the JSON of a text that it sends, and at its end it leaves. A refused
handshake prints REFUSED and the status.
"""

import asyncio
import json
import sys

import websockets

LONGEST_LINE = 1_000_000


async def say_all(socket):
    lines = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        await socket.send(json.loads(line))
    await socket.close()


async def main(url):
    try:
        async with websockets.connect(url) as socket:
            print("READY", flush=True)
            saying = asyncio.create_task(say_all(socket))
            count = 0
            async for frame in socket:
                count += 1
                print("FRAME", count, json.dumps(frame), flush=True)
            saying.cancel()
            print("CLOSED", socket.close_code, flush=True)
    except websockets.InvalidStatus as refused:
        print("REFUSED", refused.response.status_code, flush=True)


asyncio.run(main(sys.argv[1]))
