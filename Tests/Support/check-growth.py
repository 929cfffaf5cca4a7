#!/usr/bin/env python3
"""Whatever the rules are, a trace by name shall take at most 1.25 s of the processor and 100 MB, and a list of 50 services 8 s.

    check-growth.py KPX [CASE ...]      the cases are printed as they run; needs root

Each case is a whole node (nodes/node_rules.py) with 50 services and something that grows, in a network namespace that is
removed at the end, at three sizes. Fails where a bound is exceeded, where a trace is uncertain, or where its cost grows faster
than the size to the power of 1.5.
"""
import base64
import math
import os
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAMESPACE = "kpx-growth"
# What a busy machine needs; a quiet one takes 60 % of it.
TRACE_SECONDS, TRACE_MB, LIST_SECONDS = 1.25, 100, 8.0


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options)


def inside(command, text=None):
    return run(["ip", "netns", "exec", NAMESPACE] + command, input=text.encode() if text else None)


class Node:
    """A node with its rules, in the namespace; `extra` are lines of iptables-restore by table."""

    def __init__(self, folder, options, backend, extra=None, nft=None):
        run([sys.executable, f"{HERE}/nodes/node_rules.py", "--out", folder] + options)
        self.down(folder)
        self.folder = folder
        run(["bash", f"{folder}/node.sh", NAMESPACE, backend])
        tool = "iptables-restore" if backend == "none" else {"legacy": "iptables-legacy-restore", "nft": "iptables-nft-restore"}[backend]
        if extra:
            inside([tool, "--noflush"], "".join(f"*{table}\n" + "\n".join(lines) + "\nCOMMIT\n" for table, lines in extra.items()))
        if nft:
            inside(["nft", "-f", "-"], nft)

    def down(self, folder):
        run(["bash", f"{folder}/node.sh", NAMESPACE, "down"])

    def kpx(self, kpx, arguments):
        """The processor's seconds, the peak of memory in MB, the status and the output of one run."""
        command = [kpx] + arguments + ["--netns", NAMESPACE, "--api-dump", f"{self.folder}/api", "--node", "node1", "--proxy-version", "1.34", "-4"]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, stdout=out, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            out.seek(0)
            errors.seek(0)
            text, error = out.read().decode(), errors.read().decode()
        if os.waitstatus_to_exitcode(status) not in (0, 1, 2):
            sys.exit(f"{' '.join(command)}: {status} {error}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), text


def single(index):
    return f"11.{index >> 16 & 255}.{index >> 8 & 255}.{index & 255}"


def drops(table, chain):
    return lambda size: dict(extra={table: [f"-I {chain} -s {single(i * 7)}/32 -j DROP" for i in range(size)]})


def native_drops(size):
    rules = "\n".join(f"  ip saddr {single(i * 7)} drop" for i in range(size))
    return dict(nft="table ip blocklist {\n chain front {\n  type filter hook prerouting priority -300;\n" + rules + "\n }\n}\n")


def fan(size):
    depth, jumps = size
    lines = [f":FAN{level} -" for level in range(depth + 1)]
    for level in range(depth):
        lines += [f"-A FAN{level} -j FAN{level + 1}"] * jumps
    lines += [f"-A FAN{depth} -s 203.0.113.77 -j MARK --set-xmark 0x100000/0x100000", "-I PREROUTING -j FAN0"]
    return dict(extra={"nat": lines})


def marks(size):
    return dict(extra={"mangle": [f"-A PREROUTING -j MARK --set-xmark {i % 2 << 20:#x}/0x100000" for i in range(size)]})


def endpoints(size):
    """One service, as kube-proxy writes it."""
    name, chain = "big/service:http", "KUBE-SVC-BIGBIGBIGBIGBIGB"
    said = f'-m comment --comment "{name}'
    lines = [f":{chain} -"]
    sep = [f"KUBE-SEP-{base64.b32encode(i.to_bytes(10, 'big')).decode()}" for i in range(size)]
    lines += [f":{one} -" for one in sep]
    lines += [f'-A KUBE-SERVICES -d 10.96.200.1/32 -p tcp {said} cluster IP" -m tcp --dport 80 -j {chain}']
    lines += [f'-A {chain} ! -s 10.244.0.0/16 -d 10.96.200.1/32 -p tcp {said} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ']
    for i, one in enumerate(sep):
        ip = f"10.244.{i >> 8 & 255}.{i & 255}"
        chance = f"-m statistic --mode random --probability {1 / (size - i):.11f} " if i < size - 1 else ""
        lines += [f'-A {chain} {said} -> {ip}:8080" {chance}-j {one}']
        lines += [f'-A {one} -s {ip}/32 {said}" -j KUBE-MARK-MASQ', f'-A {one} -p tcp {said}" -m tcp -j DNAT --to-destination {ip}:8080']
    return dict(extra={"nat": lines}, service="big/service")


def node(*options):
    return lambda size: dict(options=[option.format(size) for option in options], base=[])


BASE = ["--cni", "bridge", "--pods", "4", "--services", "50", "--endpoints", "3"]
SIZES = [1000, 3000, 10000]
PODS = [30, 110, 250]
POLICIES = ["--policies", "20", "--policy", "allow"]
# nf_tables takes no deeper ones (NFT_JUMP_STACK_SIZE is 16).
FANS = [(8, 8), (12, 6), (14, 4)]
# name: sizes, what is made of a size, backends, the service that is traced
CASES = {
    "drops in raw": (SIZES, drops("raw", "PREROUTING"), ["legacy", "nft"]),
    "drops in mangle": (SIZES, drops("mangle", "PREROUTING"), ["legacy", "nft"]),
    "drops in filter": (SIZES, drops("filter", "FORWARD"), ["legacy", "nft"]),
    "drops in a native table": (SIZES, native_drops, ["legacy"]),
    "pods of Calico": (PODS, node("--cni", "calico", "--pods", "{}", "--services", "50"), ["legacy", "nft"]),
    "pods of Calico, 20 policies": (PODS, node("--cni", "calico", "--pods", "{}", "--services", "50", *POLICIES), ["legacy", "nft"]),
    "pods of Calico, nftables": (PODS, node("--cni", "calico-nft", "--pods", "{}", "--kube-proxy", "nftables"), ["nft"]),
    "pods of Calico, nftables, 20 policies": (PODS, node("--cni", "calico-nft", "--pods", "{}", "--kube-proxy", "nftables", *POLICIES), ["nft"]),
    "pods of k3s, 20 policies": (PODS, node("--cni", "k3s", "--pods", "{}", "--services", "50", *POLICIES), ["legacy", "nft"]),
    "jumps in fans": (FANS, fan, ["legacy", "nft"]),
    "MARK rules": ([10000, 40000, 120000], marks, ["legacy"]),
    "endpoints": ([1000, 5000, 20000], endpoints, ["legacy"]),
}


def main(kpx, chosen):
    problems = []
    print(f"{'case':44} {'size':>9} {'trace s':>8} {'MB':>5} {'list s':>8} {'MB':>5}  status")
    for name, (sizes, make, backends) in CASES.items():
        for backend in backends:
            label = f"{name} ({backend})"
            if chosen and not any(word in label for word in chosen):
                continue
            costs = []
            for size in sizes:
                made = make(size)
                options = made.get("base", ["--cni", "bridge", "--pods", "4"]) + made.get("options", ["--services", "50", "--endpoints", "3"])
                with tempfile.TemporaryDirectory() as folder:
                    this = Node(folder, options, backend, made.get("extra"), made.get("nft"))
                    service = made.get("service", "default/web")
                    trace = this.kpx(kpx, ["trace", service])
                    listed = this.kpx(kpx, ["services", "-A"])
                    this.down(folder)
                costs.append(trace[0])
                text = "x".join(map(str, size)) if isinstance(size, tuple) else str(size)
                print(f"{label:44} {text:>9} {trace[0]:8.2f} {trace[1]:5.0f} {listed[0]:8.2f} {listed[1]:5.0f}  {trace[2]} {listed[2]}", flush=True)
                if trace[0] > TRACE_SECONDS or trace[1] > TRACE_MB or listed[0] > LIST_SECONDS:
                    problems.append(f"{label} at {text}: more than {TRACE_SECONDS} s, {TRACE_MB} MB, or {LIST_SECONDS} s for the list")
                if "uncertain" in trace[3]:
                    problems.append(f"{label} at {text}: uncertain")
            if isinstance(sizes[0], int):
                grown = math.log(max(costs[-1], 0.05) / max(costs[0], 0.05)) / math.log(sizes[-1] / sizes[0])
                if grown > 1.5:
                    problems.append(f"{label}: grows with the size to the power of {grown:.1f}")
    for problem in problems:
        print(f"check-growth: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("Not root: the cost of rules is not checked.")
        sys.exit(0)
    resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.RLIM_INFINITY))
    sys.exit(main(sys.argv[1], sys.argv[2:]))
