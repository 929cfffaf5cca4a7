#!/usr/bin/env python3
"""An API server for tests: answers to list and get calls as an apiserver gives them, over TLS, on a port of its own.

Prints the port, and ends when its standard input does. Writes a line of JSON for each request to --log.
"""
import argparse
import glob
import gzip
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.parse

KINDS = {
    "services": ("Service", "v1", ""),
    "endpoints": ("Endpoints", "v1", ""),
    "endpointslices": ("EndpointSlice", "discovery.k8s.io/v1", "discovery.k8s.io"),
    "pods": ("Pod", "v1", ""),
    "nodes": ("Node", "v1", ""),
    "namespaces": ("Namespace", "v1", ""),
}
lock = threading.Lock()


def load(folder):
    objects = {}
    for name in KINDS:
        objects[name] = []
        for path in glob.glob(os.path.join(folder, name + ".json*")):
            opener = gzip.open if path.endswith(".gz") else open
            with opener(path, "rt") as file:
                objects[name] += json.load(file)["items"]
    return objects


def synthetic(objects, count):
    """Services of a large cluster, each with a slice of 7 endpoints."""
    for number in range(count):
        name, address = f"bulk-{number}", f"10.{97 + number // 65536}.{number // 256 % 256}.{number % 256}"
        objects["services"].append({
            "metadata": {"name": name, "namespace": "bulk", "uid": str(number)},
            "spec": {"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address],
                     "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]}})
        objects["endpointslices"].append({
            "metadata": {"name": f"{name}-abcde", "namespace": "bulk",
                         "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4", "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
            "endpoints": [{"addresses": [f"10.{128 + number // 8192}.{number // 32 % 256}.{number % 32 * 8 + i}"],
                           "conditions": {"ready": True, "serving": True, "terminating": False},
                           "nodeName": f"node{i % 3}",
                           "targetRef": {"kind": "Pod", "namespace": "bulk", "name": f"{name}-{i}"}}
                          for i in range(7)]})


def field(item, path):
    for part in path.split("."):
        item = (item or {}).get(part)
    return item


class Refusal(Exception):
    def __init__(self, code, reason, message):
        self.code, self.reason, self.message = code, reason, message


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 20

    def log_message(self, *arguments):
        pass

    # Which of verbs, resources and names a credential of a node may use: the bootstrap policy of Kubernetes 1.34.
    def allowed(self, verb, resource, name, query):
        profile, node = self.server.options.profile, self.server.options.node
        if profile == "admin":
            return True
        if profile == "services-only":
            return resource == "services"
        if profile == "no-slices":
            return resource != "endpointslices"
        if profile == "getter":
            return verb == "get" or resource != "services"
        if profile == "kube-proxy":
            return (verb == "list" and resource in ("services", "endpoints", "endpointslices")) or resource == "nodes"
        if profile == "kubelet":
            selector = query.get("fieldSelector", [""])[0]
            return (resource == "services" or (resource == "endpoints" and verb == "get")
                    or (resource == "nodes" and verb == "get" and name == node)
                    or (resource == "pods" and verb == "list" and f"spec.nodeName={node}" in selector.split(",")))
        return False

    def answer(self):
        url = urllib.parse.urlsplit(self.path.removeprefix("/moved"))
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        parts = [urllib.parse.unquote(part) for part in url.path[len(self.server.options.prefix):].split("/")[1:]]
        self.authenticate()
        if parts == ["version"]:
            return {"major": "1", "minor": "34", "gitVersion": "v1.34.1+test", "platform": "linux/amd64"}
        if parts[:2] == ["api", "v1"]:
            rest = parts[2:]
        elif parts[:2] == ["apis", "discovery.k8s.io"] and parts[2] in self.server.options.discovery.split(","):
            rest = parts[3:]
        else:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        resource, name = rest[0], rest[1] if len(rest) > 1 else None
        verb = "get" if name else "list"
        if resource not in KINDS:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        if not self.allowed(verb, resource, name, query):
            place = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
            what = f'{resource} "{name}"' if name else resource
            raise Refusal(403, "Forbidden", f'{what} is forbidden: User "{self.server.options.user}" cannot {verb} '
                          f'resource "{resource}" in API group "{KINDS[resource][2]}"{place}')
        items = [item for item in self.server.objects[resource]
                 if namespace in (None, item["metadata"].get("namespace"))]
        kind, version, _ = KINDS[resource]
        if name:
            for item in items:
                if item["metadata"]["name"] == name:
                    return {"kind": kind, "apiVersion": version, **item}
            raise Refusal(404, "NotFound", f'{resource} "{name}" not found')
        return self.listed(items, kind, version, query)

    def listed(self, items, kind, version, query):
        for selector in filter(None, query.get("labelSelector", [""])[0].split(",")):
            key, value = selector.split("=")
            items = [item for item in items if item["metadata"].get("labels", {}).get(key) == value]
        for selector in filter(None, query.get("fieldSelector", [""])[0].split(",")):
            key, value = selector.split("=")
            items = [item for item in items if field(item, key) == value]
        meta = {"resourceVersion": "1171"}
        start = int(query.get("continue", ["0"])[0])
        if start and "gone" in self.server.options.fault:
            raise Refusal(410, "Expired", "The provided continue parameter is too old")
        fault = self.server.options.fault
        if fault in ("same-token", "empty-parts", "more-and-more"):
            names = [] if fault == "empty-parts" else [f"endless-{start}"]
            again = "1" if fault == "same-token" else str(start + 1)
            return {"kind": kind + "List", "apiVersion": version, "metadata": {**meta, "continue": again},
                    "items": [{"metadata": {"name": name, "namespace": "default"}, "spec": {}, "addressType": "IPv4",
                               "endpoints": []} for name in names]}
        limit = int(query.get("limit", ["0"])[0])
        end = start + limit if limit else len(items)
        if end < len(items):
            meta.update({"continue": str(end), "remainingItemCount": len(items) - end})
        if "as=PartialObjectMetadataList" in self.headers.get("Accept", ""):
            kind, version = "PartialObjectMetadata", "meta.k8s.io/v1"
            items = [{"metadata": item["metadata"]} for item in items]
        return {"kind": kind + "List", "apiVersion": version, "metadata": meta, "items": items[start:end]}

    def authenticate(self):
        options = self.server.options
        if options.token and self.headers.get("Authorization") != f"Bearer {options.token}":
            raise Refusal(401, "Unauthorized", "Unauthorized")
        if options.basic and self.headers.get("Authorization") != f"Basic {options.basic}":
            raise Refusal(401, "Unauthorized", "Unauthorized")

    def do_GET(self):
        began = time.monotonic()
        with lock:
            self.server.count += 1
            number = self.server.count
        fault, self.sent, code = self.server.options.fault, 0, 200
        if self.server.options.delay:
            time.sleep(self.server.options.delay)
        try:
            if fault == "throttled" and number <= 2:
                raise Refusal(429, "TooManyRequests", "please try again later")
            if fault == "throttled-forever":
                raise Refusal(429, "TooManyRequests", "please try again later")
            if fault == "failing":
                raise Refusal(500, "InternalError", "etcdserver: request timed out")
            if fault == "unavailable":
                raise Refusal(503, "ServiceUnavailable", "apiserver is shutting down")
            if fault == "restarting" and number <= 1:
                raise Refusal(503, "ServiceUnavailable", "apiserver is shutting down")
            document = self.answer()
        except Refusal as refusal:
            code = refusal.code
            document = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                        "message": refusal.message, "reason": refusal.reason, "code": code}
        if fault == "mute" or fault.startswith("mute:") and fault[len("mute:"):] in self.path:
            self.note(0, began)
            time.sleep(30)
            self.close_connection = True
            return
        try:
            self.send(fault, code, json.dumps(document, separators=(",", ":")).encode())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        self.note(code, began)

    def note(self, code, began):
        if not self.server.options.log:
            return
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        line = {"path": self.path, "status": code, "bytes": self.sent, "began": began, "ended": time.monotonic(),
                "headers": {name.lower(): self.headers.get_all(name) for name in self.headers},
                "client": dict(pair[0] for pair in peer["subject"]).get("commonName") if peer else None}
        with lock, open(self.server.options.log, "a") as file:
            file.write(json.dumps(line) + "\n")

    def head(self, code, length=None, **more):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def body(self, data):
        self.wfile.write(data)
        self.sent += len(data)

    def send(self, fault, code, data):
        if fault == "html":
            data = b"<html>Welcome</html>"
            self.head(200, len(data))
            self.body(data)
        elif fault == "plain" or (fault == "plain-404" and code == 404):
            data = (b"Client sent an HTTP request to an HTTPS server.\nMore" if fault == "plain"
                    else b"404 page not found\n")
            self.head(400 if fault == "plain" else 404, len(data))
            self.body(data)
        elif fault == "lost":
            self.head(404, 0)
        elif fault == "other-kind":
            data = b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"}}'
            self.head(200, len(data))
            self.body(data)
        elif fault == "truncated":
            self.head(code, len(data) + 100)
            self.body(data)
            self.close_connection = True
        elif fault == "chunked":
            self.head(code, Transfer_Encoding="chunked")
            for start in range(0, len(data), 100):
                part = data[start:start + 100]
                self.body(b"%x\r\n%s\r\n" % (len(part), part))
            self.body(b"0\r\n\r\n")
        elif fault == "broken-chunks":
            self.head(code, Transfer_Encoding="chunked")
            self.body(b"%x\r\n%s\r\n" % (len(data[:50]), data[:50]))
            self.close_connection = True
        elif fault == "slow":
            self.head(code, len(data))
            for byte in data:
                self.body(bytes([byte]))
                time.sleep(0.05)
        elif fault == "endless":
            self.head(code, Transfer_Encoding="chunked")
            while True:
                self.body(b"10000\r\n" + b" " * 65536 + b"\r\n")
        elif fault == "bomb":
            data = gzip.compress(b" " * (64 << 20))
            self.head(code, len(data), Content_Encoding="gzip")
            self.body(data)
        elif fault.startswith("redirect:") and not self.path.startswith("/moved"):
            self.head(307, 0, Location=fault[len("redirect:"):] + self.path)
        elif code in (429, 503):
            self.head(code, len(data), Retry_After="30" if fault in ("throttled-forever", "unavailable") else "1")
            self.body(data)
        elif fault == "gzip" or (len(data) > 131072 and "gzip" in self.headers.get("Accept-Encoding", "")):
            data = gzip.compress(data, 1)
            self.head(code, len(data), Content_Encoding="gzip")
            self.body(data)
        else:
            self.head(code, len(data))
            self.body(data)


class ConnectProxy(Handler):
    """A proxy that lets CONNECT through to anywhere."""

    def do_CONNECT(self):
        began = time.monotonic()
        self.sent = 0
        host, port = self.path.rsplit(":", 1)
        options = self.server.options
        if options.basic and self.headers.get("Proxy-Authorization") != f"Basic {options.basic}":
            self.head(407, 0)
            self.note(407, began)
            return
        target = socket.create_connection((options.to or host, int(port)))
        self.note(200, began)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=self.pump, args=(target, self.connection), daemon=True)
        back.start()
        self.pump(self.connection, target)
        self.close_connection = True

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, options):
        super().__init__(("127.0.0.1", 0), ConnectProxy if options.connect else Handler)
        self.options, self.count, self.context = options, 0, None
        self.objects = load(options.objects) if options.objects else {name: [] for name in KINDS}
        synthetic(self.objects, options.synthetic)
        if options.certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(options.certificate, options.key)
            if options.client_ca:
                self.context.load_verify_locations(options.client_ca)
                self.context.verify_mode = ssl.CERT_REQUIRED

    def finish_request(self, request, address):
        # In the connection's own thread: a client that is slow with its handshake holds up no other.
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        self.RequestHandlerClass(request, address, self)

    def handle_error(self, request, address):
        pass


def main():
    parser = argparse.ArgumentParser()
    for name in ("certificate", "key", "client-ca", "token", "basic", "objects", "log", "to"):
        parser.add_argument("--" + name)
    parser.add_argument("--fault", default="")
    parser.add_argument("--profile", default="admin")
    parser.add_argument("--user", default="kubernetes-admin")
    parser.add_argument("--node", default="node1")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--discovery", default="v1")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--synthetic", type=int, default=0)
    parser.add_argument("--connect", action="store_true")
    server = Server(parser.parse_args())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
