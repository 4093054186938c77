"""A front end of mesh jobs in another language, with python-socketio: prints what happens, a line each.

Usage: mesh.py URL ROOM; it prints CONNECTED, JOINED and the ack, the event's name and payload, DROPPED. A line
`cut` on its standard input breaks its connection off, and it comes back by itself.
"""

import json
import socket
import sys
import threading

import socketio

url, room = sys.argv[1:3]
client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.5)


def say(*words):
    print(*words, flush=True)


@client.event
def connect():
    say("CONNECTED", client.get_sid())
    client.emit("join", room, callback=lambda answer: say("JOINED", json.dumps(answer)))


@client.event
def disconnect(reason):
    say("DROPPED", reason)


@client.event
def connect_error(error):
    say("REFUSED", json.dumps(error))


@client.on("*")
def anything(name, *args):
    say("EVENT", name, len(args), json.dumps(args[0]))


def listen():
    for line in sys.stdin:
        if line.strip() == "cut":
            client.eio.ws.sock.shutdown(socket.SHUT_RDWR)
    client.disconnect()


client.connect(url, transports=["websocket"])
threading.Thread(target=listen, daemon=True).start()
client.wait()
