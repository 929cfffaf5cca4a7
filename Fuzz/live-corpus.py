#!/usr/bin/env python3
"""Adds inputs that captures lack, of this kernel: live-corpus.py FOLDER, in a network namespace of its own (unshare --net).

It loads the rules of Tests/Fixtures that hold every match, target and expression, makes interfaces, and dumps them."""
import ctypes, hashlib, os, socket, struct, subprocess, sys

# NETLINK_ROUTE, NETLINK_NETFILTER
ROUTE, NETFILTER = 0, 12
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Fixtures")


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL)


def restore(program, file):
    with open(f"{FIXTURES}/{file}") as rules:
        run(*program, text=rules.read())


def save(target, data):
    folder = os.path.join(sys.argv[1], target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "live-" + hashlib.sha1(data).hexdigest()), "wb") as file:
        file.write(data)


def attribute(number, text):
    value = text.encode() + b"\0"
    return struct.pack("=HH", len(value) + 4, number) + value + bytes(-len(value) % 4)


def dump(protocol, number, header, attributes=b""):
    """The messages that answer a request for all."""
    payload = header + attributes
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as link:
        # NLM_F_REQUEST, NLM_F_DUMP
        link.send(struct.pack("=IHHII", 16 + len(payload), number, 0x301, 1, 0) + payload)
        while True:
            data, at = link.recv(1 << 18), 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                # NLMSG_ERROR, NLMSG_DONE
                if kind in (2, 3):
                    return
                yield data[at : at + length] + bytes(-length % 4)
                at += (length + 3) & ~3


def nf_tables():
    run("nft", "-f", f"{FIXTURES}/native.nft")
    parts = {}
    # NFT_MSG_GETTABLE, GETCHAIN, GETSET, GETRULE of NFNL_SUBSYS_NFTABLES.
    for kind, number in [("tables", 1), ("chains", 4), ("sets", 10), ("rules", 7)]:
        parts[kind] = list(dump(NETFILTER, 10 << 8 | number, bytes(4)))
    elements = []
    for message in parts["sets"]:
        fields, at = {}, 20
        while at + 4 <= len(message):
            length, number = struct.unpack_from("=HH", message, at)
            if length < 4:
                break
            fields[number] = message[at + 4 : at + length]
            at += (length + 3) & ~3
        names = attribute(1, fields[1].decode()[:-1]) + attribute(2, fields[2].decode()[:-1])
        # NFT_MSG_GETSETELEM
        elements += dump(NETFILTER, 10 << 8 | 13, message[16:17] + bytes(3), names)
    declared = b"".join(parts["tables"] + parts["chains"] + parts["sets"] + elements)
    save("nftables", declared + b"".join(parts["rules"]))
    for message in parts["rules"] + parts["sets"] + elements:
        save("nftables", message)


def ipsets():
    run("ipset", "restore", "-file", f"{FIXTURES}/xtables/sets.ipset")
    for line in [
        "create a hash:net,port,net timeout 60 counters comment", "add a 10.0.0.0/8,tcp:80,10.1.0.0/16 comment some",
        "create b hash:net,iface", "add b 10.0.0.0/8,physdev:eth0 nomatch", "create c list:set", "add c a",
        "create d bitmap:ip,mac range 10.0.0.0/24", "add d 10.0.0.1,00:11:22:33:44:55",
        "create e bitmap:port range 1-9", "add e 5", "create f hash:ip,mark skbinfo", "add f 10.0.0.1,7 skbmark 1/3",
    ]:
        # Not every kernel has every type.
        subprocess.run(["ipset", *line.split()], stderr=subprocess.DEVNULL)
    # IPSET_CMD_LIST, with IPSET_ATTR_PROTOCOL 6
    protocol = struct.pack("=HHB3x", 5, 1, 6)
    save("ipset", b"".join(dump(NETFILTER, 6 << 8 | 7, bytes(4), protocol)))


def legacy_tables():
    for name in ["ct_state_invalid_dropped_pkts", "kpx count"]:
        run("nfacct", "add", name)
    libc = ctypes.CDLL(None, use_errno=True)
    # AF_INET with SOL_IP, AF_INET6 with SOL_IPV6
    for family, level, program, file, names in [
        (socket.AF_INET, 0, "iptables-legacy-restore", "ip.rules", "/proc/self/net/ip_tables_names"),
        (socket.AF_INET6, 41, "ip6tables-legacy-restore", "ip6.rules", "/proc/self/net/ip6_tables_names"),
    ]:
        restore([program], f"xtables/{file}")
        with open(names) as tables, socket.socket(family, socket.SOCK_RAW, 255) as raw:
            for table in tables.read().split():
                def option(number, buffer):
                    size = ctypes.c_uint32(len(buffer))
                    if libc.getsockopt(raw.fileno(), level, number, buffer, ctypes.byref(size)):
                        raise OSError(ctypes.get_errno(), f"table {table}")
                    return buffer.raw

                # IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES
                info = option(64, ctypes.create_string_buffer(table.encode(), 84))
                size = struct.unpack_from("=I", info, 80)[0]
                header = struct.pack("=32sII", table.encode(), size, 0)
                entries = option(65, ctypes.create_string_buffer(header, 40 + size))
                save("legacy", bytes([2 | (family == socket.AF_INET6)]) + info + entries)


def interfaces():
    for line in [
        "link add cni0 type bridge", "link add veth0 type veth peer name veth1", "link set veth0 master cni0",
        "link set cni0 up", "link set veth0 up", "link set veth1 up", "link set lo up", "addr add 10.0.0.1/24 dev cni0",
        "addr add fd00::1/64 dev cni0", "route add 10.1.0.0/16 via 10.0.0.2",
        "neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev cni0",
    ]:
        run("ip", *line.split())
    # RTM_GETLINK, GETADDR, GETROUTE, GETNEIGH; of bridges, too.
    for number, header in [(18, bytes(16)), (22, bytes(8)), (26, bytes(12)), (30, bytes(12)), (30, b"\7" + bytes(11))]:
        messages = list(dump(ROUTE, number, header))
        save("links", b"".join(messages))
        for message in messages:
            save("links", message)


for part in [nf_tables, ipsets, legacy_tables, interfaces]:
    try:
        part()
    except (OSError, subprocess.CalledProcessError) as error:
        # A kernel may lack something. Captures are enough to start with.
        print(f"live-corpus.py: {part.__name__}: {error}", file=sys.stderr)
