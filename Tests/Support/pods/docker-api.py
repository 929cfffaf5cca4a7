#!/usr/bin/env python3
"""docker-api.py SOCKET FILE: docker's API on a unix socket, as Docker 20.10 has it on a node with a dockershim.

A line of FILE is a container, read anew for each request:
  ID podsandbox|container NAMESPACE POD UID SANDBOX-ID PID SANDBOX-KEY NETWORK-MODE running|exited
where - stands for nothing. Answers /version, /containers/json and /containers/ID/json, with or without /v1.41 in front.
Ends when it is killed, or after two minutes.
"""
import http.server
import json
import re
import signal
import socketserver
import sys
import urllib.parse

path, file = sys.argv[1:]
signal.alarm(120)
FIELDS = ("id", "type", "namespace", "pod", "uid", "sandbox", "pid", "key", "network", "state")


def containers():
    for line in open(file):
        if line.strip():
            words = ["" if word == "-" else word for word in line.split()]
            yield dict(zip(FIELDS, words, strict=True))


def labels(container):
    found = {
        "io.kubernetes.container.name": "POD" if container["type"] == "podsandbox" else "app",
        "io.kubernetes.docker.type": container["type"],
        "io.kubernetes.pod.name": container["pod"],
        "io.kubernetes.pod.namespace": container["namespace"],
        "io.kubernetes.pod.uid": container["uid"],
    }
    if container["type"] == "container":
        found["io.kubernetes.sandbox.id"] = container["sandbox"]
    return found if container["uid"] else {"maintainer": "somebody"}


def name(container):
    kind = "POD" if container["type"] == "podsandbox" else "app"
    return f"/k8s_{kind}_{container['pod']}_{container['namespace']}_{container['uid']}_0"


def listed(container):
    up = container["state"] == "running"
    return {
        "Id": container["id"], "Names": [name(container)], "Image": "k8s.gcr.io/pause:3.5",
        "ImageID": "sha256:" + "ed" * 32, "Command": "/pause", "Created": 1700000000, "Ports": [],
        "Labels": labels(container), "State": container["state"],
        "Status": "Up 2 hours" if up else "Exited (0) 2 hours ago", "HostConfig": {"NetworkMode": container["network"]},
        "NetworkSettings": {"Networks": {container["network"]: {"IPAMConfig": None, "Links": None, "NetworkID": "",
                                                                "IPAddress": "", "MacAddress": ""}}},
        "Mounts": [],
    }


def inspected(container):
    up = container["state"] == "running"
    return {
        "Id": container["id"], "Created": "2023-11-14T22:13:20.000000000Z", "Path": "/pause", "Args": [],
        "State": {
            "Status": container["state"], "Running": up, "Paused": False, "Restarting": False, "OOMKilled": False,
            "Dead": False, "Pid": int(container["pid"] or 0), "ExitCode": 0, "Error": "",
            "StartedAt": "2023-11-14T22:13:20.500000000Z", "FinishedAt": "0001-01-01T00:00:00Z"},
        "Name": name(container), "Driver": "overlay2", "Platform": "linux",
        "HostConfig": {"NetworkMode": container["network"], "CgroupParent": f"/kubepods/besteffort/pod{container['uid']}",
                       "Runtime": "runc", "PidMode": "", "IpcMode": "shareable"},
        "Config": {"Hostname": container["pod"], "Labels": labels(container), "Image": "k8s.gcr.io/pause:3.5"},
        "NetworkSettings": {
            "Bridge": "", "SandboxID": container["id"] if container["key"] else "", "Ports": {},
            "SandboxKey": container["key"], "IPAddress": "", "MacAddress": "",
            "Networks": {container["network"]: {"NetworkID": "", "IPAddress": ""}}},
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Docker/20.10.21 (linux)"
    sys_version = ""

    def log_message(self, *_):
        pass

    def answer(self, value, status=200):
        body = (json.dumps(value) + "\n").encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Docker-Experimental", "false")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        route = re.sub(r"^/v1\.\d+(?=/)", "", url.path)
        query = urllib.parse.parse_qs(url.query)
        if route == "/version":
            return self.answer({"Platform": {"Name": "Docker Engine - Community"}, "Version": "20.10.21",
                                "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"})
        if route == "/containers/json":
            wanted = json.loads(query.get("filters", ["{}"])[0]).get("label", [])
            shown = [c for c in containers() if (query.get("all") == ["1"] or c["state"] == "running")
                     and all(label in labels(c) for label in wanted)]
            return self.answer([listed(container) for container in shown])
        match = re.fullmatch(r"/containers/([^/]+)/json", route)
        if match:
            for container in containers():
                if container["id"] == match[1]:
                    return self.answer(inspected(container))
            return self.answer({"message": f"No such container: {match[1]}"}, 404)
        return self.answer({"message": "page not found"}, 404)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("", 0)


Server(path, Handler).serve_forever()
