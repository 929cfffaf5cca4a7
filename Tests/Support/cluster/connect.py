#!/usr/bin/env python3
"""Connects to each address of a list, from wherever it runs, and says who answered.

    connect.py < LIST > ANSWERS

LIST is JSON: [["TCP", "10.96.0.10", 80, SOURCE], ...], where SOURCE is the address to connect from, or null. So are ANSWERS,
in the same order: {"answers": {"POD CLIENT": COUNT}, "refused": COUNT, "lost": COUNT}, where CLIENT is the address that the
pod saw.
"""
import collections
import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

CONNECTIONS = 16
MOST_SECONDS = 2


def ask(protocol, address, port, source):
    kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as client:
        client.settimeout(MOST_SECONDS)
        if source:
            client.bind((source, 0))
        client.connect((address, port))
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = client.recv(4096)
        # The head and the line may come in two pieces.
        while kind == socket.SOCK_STREAM and (more := client.recv(4096)):
            answer += more
        return answer.decode().strip().splitlines()[-1]


def outcome(target):
    result = {"answers": collections.Counter(), "refused": 0, "lost": 0}
    for _ in range(CONNECTIONS):
        try:
            result["answers"][ask(*target)] += 1
        except ConnectionRefusedError:
            result["refused"] += 1
        except OSError:
            result["lost"] += 1
            break  # one that waits in vain is enough
    return result


with ThreadPoolExecutor(64) as threads:
    json.dump(list(threads.map(outcome, json.load(sys.stdin))), sys.stdout)
