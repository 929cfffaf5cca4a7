#!/usr/bin/env python3
"""broken-socket.py PATH hang|garbage|close: a unix socket as a broken container runtime has it.

hang: accepts and never answers; garbage: answers what is no HTTP; close: accepts and closes at once. Ends when it is
killed, or after two minutes.
"""
import random
import signal
import socket
import sys

path, kind = sys.argv[1:]
signal.alarm(120)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(path)
listener.listen(8)
kept = []
while True:
    connection, _ = listener.accept()
    if kind == "garbage":
        try:
            connection.sendall(random.Random(1).randbytes(65536))
        except OSError:
            pass  # the other side has read enough
    if kind == "hang":
        kept.append(connection)
    else:
        connection.close()
