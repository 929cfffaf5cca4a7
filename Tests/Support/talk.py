#!/usr/bin/env python3
"""talk.py: connections through Services, in the network namespace that it is run in.

Standard input has lines: `serve ADDRESS PORT PROTOCOL` for what listens and answers, `connect ADDRESS PORT PROTOCOL` for what is connected to, in
that order. Prints `connected N` when each connection has had an answer or has failed, and keeps them for 60 s."""
import socket
import sys
import threading
import time

SOCKETS = {"TCP": (socket.SOCK_STREAM, 0), "UDP": (socket.SOCK_DGRAM, 0)}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def answer(server, kind):
    while True:
        if kind == "UDP":
            data, peer = server.recvfrom(100)
            server.sendto(data, peer)
        else:
            client, _ = server.accept()
            kept.append(client)
            client.sendall(b"x")


def connect(address, port, kind):
    client = socket.socket(family(address), SOCKETS[kind][0])
    client.settimeout(2)
    try:
        client.connect((address, port))
        if kind == "UDP":
            client.send(b"x")
        kept.append(client)
        return bool(client.recv(1))
    except OSError:
        return False


kept = []
connected = 0
for line in sys.stdin:
    word, address, port, kind = line.split()
    if kind not in SOCKETS:
        continue
    if word == "serve":
        server = socket.socket(family(address), SOCKETS[kind][0])
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, int(port)))
        if kind == "TCP":
            server.listen()
        threading.Thread(target=answer, args=(server, kind), daemon=True).start()
    else:
        connected += connect(address, int(port), kind)
print("connected", connected, flush=True)
time.sleep(60)
