"""A desktop client in another language: prints READY, then each frame on a line of its own.

Usage: desktop.py URL [BEARER]; a refused handshake prints REFUSED and the status.
"""

import asyncio
import sys

import websockets


async def main(url, bearer):
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        async with websockets.connect(url, additional_headers=headers) as socket:
            print("READY", flush=True)
            async for frame in socket:
                print("FRAME", frame, flush=True)
    except websockets.InvalidStatus as refused:
        print("REFUSED", refused.response.status_code, flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
