#!/usr/bin/python3
"""cri-server.py SOCKET FILE: a container runtime on a unix socket, with what FILE says and nothing behind it.

FILE is JSON, and FILE.asked gets a line for each question: METHOD, and the sandbox's id behind PodSandboxStatus.
  service    of the questions that it answers: runtime.v1 or runtime.v1alpha2
  delay      seconds that each PodSandboxStatus takes but the first
  sandboxes  each with id, namespace, name, uid, ready, created, and what a verbose status tells: netns, ip
Ends when it is killed, or after two minutes. Uses Debian's python3-grpcio; messages are written by hand.
"""
import json
import signal
import sys
import time
from concurrent import futures

import grpc

path, file = sys.argv[1:]
signal.alarm(120)
with open(file) as text:
    state = json.load(text)
answered = 0


def field(number, value):
    """A field of a message: a number, a text or another message."""
    def varint(n):
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def metadata(sandbox):
    return field(1, sandbox["name"]) + field(2, sandbox["uid"]) + field(3, sandbox["namespace"])


def listed(sandbox):
    return (field(1, sandbox["id"]) + field(2, metadata(sandbox)) + field(3, 0 if sandbox["ready"] else 1)
            + field(4, sandbox.get("created", 1)))


def status(sandbox):
    spec = {"linux": {"namespaces": [{"type": "network", "path": sandbox.get("netns", "")}]}}
    info = json.dumps({"pid": 0, "runtimeSpec": spec})
    linux = field(1, field(1, b""))
    body = listed(sandbox) + field(5, field(1, sandbox.get("ip", ""))) + field(6, linux)
    return field(1, body) + field(2, field(1, "info") + field(2, info))


def ask(method, request):
    global answered
    asked = ""
    if method == "Version":
        answer = field(2, "fake") + field(3, "1")
    elif method == "ListPodSandbox":
        answer = b"".join(field(1, listed(sandbox)) for sandbox in state["sandboxes"])
    elif method == "PodSandboxStatus":
        # Field 1 comes first, and ids are short.
        asked = request[2:2 + request[1]].decode()
        if answered:
            time.sleep(state.get("delay", 0))
        answered += 1
        answer = b"".join(status(sandbox) for sandbox in state["sandboxes"] if sandbox["id"] == asked)
    else:
        answer = b""
    with open(file + ".asked", "a") as log:
        print(method, asked, file=log)
    return answer


class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        _, service, method = details.method.split("/")
        if service != state["service"] + ".RuntimeService":
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, _: ask(method, request))


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
server.add_generic_rpc_handlers((Handler(),))
server.add_insecure_port("unix:" + path)
server.start()
server.wait_for_termination()
