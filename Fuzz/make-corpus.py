#!/usr/bin/env python3
"""Writes the first inputs of each fuzz target, made of Tests/Fixtures, into FOLDER/TARGET/: make-corpus.py FOLDER"""
import glob, gzip, hashlib, io, json, os, socket, struct, sys, tarfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
CAPTURES = os.path.join(ROOT, "Tests", "Fixtures", "captures")
# Longer inputs are tried slowly, and mutations of them find less.
LARGEST = 20_000
# What messages of nf_tables that are one service's have in them.
OTHERS = [b"yaobank/", b"kube-system/", b"default/", b"KUBE-SEP", b"KUBE-SVC", b"KUBE-EXT"]


def raw(name):
    with gzip.open(name) as file:
        return file.read()


def messages(data):
    """The netlink messages of a dump."""
    at = 0
    while at + 16 <= len(data):
        length = struct.unpack_from("=I", data, at)[0]
        if length < 16:
            return
        yield data[at : at + length]
        at += (length + 3) & ~3


def padded(message):
    return message + bytes(-len(message) % 4)


def attribute(number, value):
    return padded(struct.pack("=HH", len(value) + 4, number) + value)


def with_hostile(data):
    """A table as it is, and with what a terminal obeys in names and comments."""
    yield data
    for word in [b"KUBE-SVC", b"KUBE-SEP", b"KUBE-SERVICES", b"cluster IP", b"summary"]:
        if word in data:
            yield data.replace(word, word[:-2] + b"\33" + word[-1:])


def pieces(data, size):
    """A dump in parts of whole messages."""
    part = b""
    for message in messages(data):
        if part and len(part) + len(message) > size:
            yield part
            part = b""
        part += padded(message)
    if part:
        yield part


def legacy():
    for name in glob.glob(f"{CAPTURES}/*/raw/xt-ip*.entries.bin.gz"):
        entries = raw(name)
        family = 1 if "xt-ip6" in name else 0
        if len(entries) <= LARGEST:
            yield from with_hostile(bytes([family | 2]) + raw(name.replace(".entries.", ".info.")) + entries)


def nftables():
    for folder in glob.glob(f"{CAPTURES}/*/raw"):
        def dump(kind):
            name = f"{folder}/nft-{kind}.bin.gz"
            return raw(name) if os.path.exists(name) else b""

        if not dump("rules"):
            continue
        chains, rules = dump("chains"), dump("rules")
        # For a walk what concerns one service, and what is there for all; for the decoders everything, in parts.
        walked = b"".join(
            padded(message) for kind in ["tables", "chains", "sets", "setelems", "rules"]
            for message in messages(dump(kind))
            if b"summary" in message or not any(word in message for word in OTHERS))
        if len(walked) <= 30_000:
            yield from with_hostile(walked)
        for kind in ["chains", "sets", "setelems", "objects", "rules"]:
            for number, part in enumerate(pieces(dump(kind), 3000)):
                if number % 7 == 0:
                    yield part
        yield next(pieces(chains, 3000), b"") + next(pieces(rules, 6000), b"")


def ipset():
    for name in glob.glob(f"{CAPTURES}/*/raw/ipset.bin.gz"):
        yield from pieces(raw(name), 2000)


def ipvs():
    for name in glob.glob(f"{CAPTURES}/*/raw/ipvs-services.bin.gz"):
        servers = raw(name.replace("services", "dests"))
        for number, part in enumerate(pieces(raw(name), 1500)):
            if number < 12:
                yield part + next(pieces(servers, 1500), b"")


def links():
    def message(number, header, *attributes):
        payload = header + b"".join(attribute(*item) for item in attributes)
        return struct.pack("=IHHII", 16 + len(payload), number, 2, 1, 0) + payload

    info = attribute(1, b"veth\0") + attribute(2, attribute(1, bytes(16)))
    veth = [
        (3, b"veth0123\0"), (1, bytes(range(6))), (4, struct.pack("=I", 1450)), (10, struct.pack("=i", 7)),
        (5, struct.pack("=i", 2)), (37, struct.pack("=i", 3)), (16, b"\6"), (18, info), (23, bytes(range(192))),
    ]
    link = message(16, struct.pack("=BBHiII", 0, 0, 1, 5, 0x11043, 0), *veth)
    bridge = message(16, struct.pack("=BBHiII", 0, 0, 1, 7, 0x1043, 0), (3, b"cni0\0"), (18, attribute(1, b"bridge\0")))
    address4 = message(20, struct.pack("=BBBBi", 2, 24, 128, 0, 5), (1, b"\n\0\0\1"), (2, b"\n\0\0\2"))
    address6 = message(20, struct.pack("=BBBBi", 10, 64, 128, 253, 5), (1, bytes(16)))
    route = message(
        24, struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 255, 2, 254, 2, 0), (1, b"\n\0\0\1"), (4, struct.pack("=i", 5)),
        (5, b"\n\0\0\3"), (15, struct.pack("=I", 255)))
    neighbour = message(28, struct.pack("=BBHiHBB", 2, 0, 0, 5, 2, 0, 1), (1, b"\n\0\0\1"), (2, bytes(6)))
    port = message(28, struct.pack("=BBHiHBB", 7, 0, 0, 5, 2, 0, 1), (2, bytes(6)), (9, struct.pack("=i", 7)))
    identity = message(88, bytes(4), (1, struct.pack("=i", 3)))
    parts = [link, bridge, address4, address6, route, neighbour, port, identity]
    yield from parts
    yield b"".join(parts)


def connections():
    def tuple_(number, source, destination, transport, *ports):
        first = 1 if len(source) == 4 else 3
        addresses = attribute(first, source) + attribute(first + 1, destination)
        protocol = attribute(1, bytes([transport])) + b"".join(ports)
        return attribute(number | 0x8000, attribute(0x8001, addresses) + attribute(0x8002, protocol))

    def port(number, value):
        return attribute(number, struct.pack("!H", value))

    def entry(family, transport, source, destination, ports, answers, *rest):
        # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
        payload = struct.pack("=BBH", family, 0, 0) + tuple_(1, source, destination, transport, *ports)
        payload += tuple_(2, destination, source, transport, *answers) + b"".join(rest)
        return struct.pack("=IHHII", 16 + len(payload), 1 << 8, 2, 1, 0) + payload

    def number(kind, value):
        return attribute(kind, struct.pack("!I", value))

    ports = [port(2, 40000), port(3, 80)]
    counters = attribute(0x8009, attribute(1, struct.pack("!Q", 5)) + attribute(2, struct.pack("!Q", 500)))
    times = attribute(0x8014, attribute(1, struct.pack("!Q", 1 << 60)))
    state = attribute(0x8004, attribute(0x8001, attribute(1, b"\3")))
    association = attribute(0x8004, attribute(0x8003, attribute(1, b"\4")))
    common = [number(3, 0x18e), number(7, 119), number(8, 7), attribute(18, b"\0\5")]
    v4, v6 = (b"\n\0\0\1", b"\n\x60\0\1"), (bytes(15) + b"\1", bytes(15) + b"\2")
    parts = [
        entry(2, 6, *v4, ports, ports[::-1], *common, state, counters, times), entry(2, 17, *v4, ports, ports, *common),
        entry(10, 132, *v6, ports, ports, *common, association),
        entry(2, 1, *v4, [port(4, 7), attribute(5, b"\10"), attribute(6, b"\0")], [port(4, 7)], *common),
    ]
    yield from parts
    yield b"".join(parts)


def xtables():
    """Matches and targets of legacy tables; which extension each is, the target tells by number, so all are tried."""
    payloads = set()
    for name in glob.glob(f"{CAPTURES}/*/raw/xt-ip*-*.entries.bin.gz"):
        entries, header = raw(name)[40:], 168 if "xt-ip6" in name else 112
        at = 0
        while at + header <= len(entries) and at < 200_000:
            target, following = struct.unpack_from("=HH", entries, at + (140 if header == 168 else 88))
            if following == 0:
                break
            place = at + header
            while place + 32 <= at + following:
                size = struct.unpack_from("=H", entries, place)[0]
                if size < 32:
                    break
                payloads.add((header == 168, place >= at + target, entries[place + 32 : place + size]))
                place += size
            at += following
    smallest = {}
    for is_v6, is_target, payload in sorted(payloads):
        smallest.setdefault((is_v6, is_target, len(payload)), payload)
    for (is_v6, is_target, _), payload in smallest.items():
        for number in range(64):
            yield bytes([is_v6 | is_target << 1 | 4, number]) + payload


def names():
    texts = set()
    for name in glob.glob(f"{CAPTURES}/*/*-save.txt") + glob.glob(f"{CAPTURES}/*/nft-ruleset.nft"):
        with open(name) as file:
            text = file.read()
        if len(text) < 8000:
            texts.add(text)
        lines = text.split("\n")
        texts.update(lines[:: max(1, len(lines) // 10)])
        for line in lines[:: max(1, len(lines) // 50)]:
            if '"' in line:
                texts.add(line.split('"')[1])
            texts.update(word for word in line.split() if "/" in word or "KUBE" in word)
    texts |= {
        "ns/svc:http cluster IP", "ns/svc:http -> 10.0.0.1:80", "Balancing rule 0 for ns/svc:http",
        "ns/svc traffic not accepted by KUBE-FW-AAAAAAAAAAAAAAAA", "v1.34.9", "[fd00::1]:80", "10.0.0.0/8",
        "00:11:22:33:44:55", "https://[fd00::1]:6443/prefix", "2026-01-02T03:04:05.678+01:00", "fwm:1", ":30080/UDP",
        "default/web:http", "10.96.0.1,tcp:443", "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n10.0.0.1\tpod",
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice/"
        "cri-containerd-" + "a" * 64 + ".scope",
        "12:cpu:/kubepods/besteffort/pod01234567-89ab-cdef-0123-456789abcdef/" + "b" * 64,
    }
    yield from (text.encode() for text in texts if text)


def kubeconfig():
    whole = """apiVersion: v1
kind: Config
current-context: admin@lab
clusters:
- name: lab
  cluster:
    server: https://10.0.0.1:6443
    tls-server-name: kubernetes
    certificate-authority-data: QUJD
    proxy-url: http://proxy:3128
    disable-compression: true
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {audience: x, list: [1, two, null, true], "q\\"": 'y'}
contexts:
- name: admin@lab
  context: &context {cluster: lab, user: admin, namespace: default}
- name: other
  context: {<<: *context, user: plugin}
users:
- name: admin
  user:
    client-certificate-data: QUJD
    client-key: key.pem
    token: abc
    tokenFile: /var/run/token
    username: u
    password: p
    as: someone
    as-groups: [a, b]
    as-user-extra: {scopes: [view]}
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: plugin
      args: [get-token]
      env: [{name: A, value: b}]
      installHint: |
        install it
      interactiveMode: Never
      provideClusterInfo: true
"""
    yield whole.encode()
    yield from (part.encode() for part in whole.split("- name"))
    yield b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    yield b"a: &a {x: 1}\nb: {<<: [*a, *a], y: 2}\n"
    yield b"{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"clusters\": []}"
    yield b"%YAML 1.1\n--- !!map\n? k\n: >-\n  folded\n  text\n...\n"


def api():
    for name in glob.glob(f"{CAPTURES}/api/*/*.json"):
        with open(name) as file:
            document = json.load(file)
        yield json.dumps({**document, "items": document.get("items", [])[:1]}).encode()
        for item in document.get("items", [])[:40:4]:
            yield json.dumps({"kind": document["kind"].removesuffix("List"), **item}).encode()
            yield json.dumps({"kind": document["kind"], "items": [item]}).encode()
    everything = []
    for kind, file in [("Service", "services"), ("EndpointSlice", "endpointslices"), ("Node", "nodes")]:
        with open(f"{CAPTURES}/api/yaobank/{file}.json") as stream:
            everything += [{"kind": kind, **item} for item in json.load(stream)["items"][:3]]
    yield json.dumps({"kind": "List", "items": everything}).encode()
    status = {"token": "t", "expirationTimestamp": "2026-01-02T03:04:05Z"}
    yield json.dumps(
        {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}).encode()
    arguments = [["K8S_POD_NAMESPACE", "a"], ["K8S_POD_NAME", "b"], ["K8S_POD_UID", "c"]]
    interfaces = [{"name": "veth1"}, {"name": "eth0", "sandbox": "/run/netns/x"}]
    yield json.dumps(
        {"containerId": "1", "ifName": "eth0", "cniArgs": arguments, "result": {"interfaces": interfaces}}).encode()


def cri():
    def number(value):
        encoded = b""
        while value > 127:
            encoded += bytes([value & 127 | 128])
            value >>= 7
        return encoded + bytes([value])

    def field(place, value):
        if isinstance(value, int):
            return number(place << 3) + number(value)
        value = value.encode() if isinstance(value, str) else value
        return number(place << 3 | 2) + number(len(value)) + value

    def frame(method, message):
        return bytes([method, 0]) + struct.pack(">I", len(message)) + message

    meta = field(1, "web") + field(2, "uid") + field(3, "default") + field(4, 1)
    sandbox = field(1, "0123") + field(2, meta) + field(3, 0) + field(4, 1_700_000_000)
    container = field(1, "4567") + field(2, "0123")
    info = json.dumps({
        "pid": 12, "runtimeSpec": {"linux": {"namespaces": [{"type": "network", "path": "/run/netns/x"}]}}})
    linux = field(1, field(2, field(1, 2)))
    status = field(1, "0123") + field(2, meta) + field(3, 0) + field(6, linux)
    yield frame(0, field(1, "0.1.0") + field(2, "containerd") + field(3, "2.0") + field(4, "v1"))
    yield frame(1, field(1, sandbox) + field(1, sandbox))
    yield frame(2, field(1, container))
    yield frame(3, field(1, status) + field(2, field(1, "info") + field(2, info)))


def snapshot():
    def archive(members):
        manifest = {
            "apiVersion": "kpx/v1", "kind": "Snapshot", "version": 1, "created": 1.5, "program": "0", "gaps": [],
            "node": {"name": "node1", "host": "node1", "kernel": "6.1.0"}, "machine": {"byteOrder": "little", "wordBits": 64},
            "api": {"isServer": False, "notes": []}, "hasConnections": True,
            "members": [{"path": name, "bytes": len(data)} for name, data in members.items()]}
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as file:
            for name, data in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
                header = tarfile.TarInfo(name)
                header.size = len(data)
                file.addfile(header, io.BytesIO(data))
        return made.getvalue()

    done = struct.pack("=IHHIIi", 20, 3, 2, 0, 0, 0)

    def dump(kind, *payloads):
        return b"".join(padded(struct.pack("=IHHII", 16 + len(data), kind, 2, 0, 0) + data) for data in payloads) + done

    local, number = socket.inet_aton, lambda value: struct.pack("=I", value)
    link = struct.pack("=BxHiII", 0, 1, 2, 1, 0) + attribute(3, b"eth0\0") + attribute(4, number(1500))
    address = struct.pack("=BBBBI", 2, 24, 0x80, 0, 2) + attribute(2, local("10.1.2.1"))
    routes = [
        struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 255, 2, 254, 2, 0) + attribute(1, local("10.1.2.1")) + attribute(4, number(2)),
        struct.pack("=BBBBBBBBI", 2, 24, 0, 0, 254, 2, 253, 1, 0) + attribute(1, local("10.1.2.0")) + attribute(4, number(2)),
        struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 3, 0, 1, 0) + attribute(5, local("10.1.2.9")) + attribute(4, number(2)),
    ]
    rules = [
        struct.pack("=BBBBBBBBI", 2, 0, 0, 0, table, 0, 0, 1, 0) + attribute(6, number(priority))
        for table, priority in [(255, 0), (254, 32766), (253, 32767)]]
    facts = {"kernel": "6.1.0", "parts": ["nf_tables"], "canAskPrograms": True,
             "sysctls": {"net/ipv4/conf/all/rp_filter": "1", "net/ipv4/conf/eth0/forwarding": "1", "net/ipv4/ip_forward": "1"},
             "listeners": [{"transport": "TCP", "address": "0.0.0.0", "port": 80, "inode": 7, "program": "web (pid 1)"}],
             "answers": [{"address": "127.0.0.1:10249", "path": "/proxyMode", "text": "iptables"}]}
    kernel = {
        "links.bin": dump(16, link), "addresses.bin": dump(20, address), "routes.bin": dump(24, *routes) + done,
        "routing-rules.bin": dump(32, *rules) + done, "neighbours.bin": done + done, "bridge-ports.bin": done,
        "peer-addresses.bin": b"", "facts.json": json.dumps(facts).encode()}
    members = {"kernel/" + name: data for name, data in kernel.items()}
    yield archive({})
    yield archive(members)
    for path in sorted(glob.glob(os.path.join(CAPTURES, "yaobank-iptables-legacy-*", "raw", "xt-ip-mangle.*.gz"))):
        members["kernel/" + os.path.basename(path)[:-3]] = raw(path)
    yield archive(members)
    objects = b'{"kind":"ServiceList","items":[{"metadata":{"name":"a","namespace":"b"},"spec":{"clusterIPs":["10.96.0.1"],"ports":[{"port":443}]}}]}'
    yield archive({**members, "api/objects.json": objects})


TARGETS = [legacy, nftables, ipset, ipvs, connections, links, xtables, names, kubeconfig, api, cri, snapshot]


def main():
    for target in TARGETS:
        folder = os.path.join(sys.argv[1], target.__name__)
        os.makedirs(folder, exist_ok=True)
        inputs = {data for data in target() if data and len(data) <= 2 * LARGEST}
        if not inputs:
            sys.exit(f"make-corpus.py: no inputs for {target.__name__}")
        for data in inputs:
            with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    main()
