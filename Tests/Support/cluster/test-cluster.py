#!/usr/bin/env python3
"""kpx on the nodes of a real cluster: is what it says of healthy and of changed services true?

    test-cluster.py KPX [PATTERN]       the clusters whose names match; needs root, and what build.sh builds

One line a check, and a summary at the end; status 1 if one failed that catalogue.py does not list as known. Where this machine
can start no cluster: "skipped", and why.
"""
import fnmatch
import os
import shutil
import signal
import subprocess
import sys
import time

import changes
import faults
import fleet
import healthy
from catalogue import KNOWN
from nodes import HERE, Cluster

# Releases of Kubernetes, v1.N, whose kube-proxy has nftables mode without a feature gate.
NFTABLES_SINCE = 31
# The cluster that faults are made in.
FAULTS_IN = ("iptables", "legacy", "binaries")


class Report:
    """Counts checks and prints them."""

    def __init__(self):
        self.cluster, self.number, self.failed, self.known, self.mended = "", 0, [], [], []

    def begin(self, cluster):
        self.cluster = cluster
        print(f"# {cluster}", flush=True)

    def check(self, name, ok, detail):
        self.number += 1
        why = next((why for where, what, why in KNOWN
                    if fnmatch.fnmatch(self.cluster, where) and fnmatch.fnmatch(name, what)), None)
        detail = " ".join(str(detail).split())
        result = ("ok" if ok else "FAILED") if why is None else ("mended" if ok else "known")
        print(f"{result} {self.number} {name}: {detail}" + (f" # {why}" if result == "known" else ""), flush=True)
        if not ok:
            (self.failed if why is None else self.known).append(f"{self.cluster}: {name}: {detail}")
        elif why is not None:
            self.mended.append(f"{self.cluster}: {name}")

    def end(self):
        """The summary; answers the program's status."""
        for line in self.mended:
            print(f"no longer fails, and is still in the list of what is known: {line}")
        for line in self.failed:
            print(f"FAILED {line}")
        print(f"test-cluster: {self.number} checks, {len(self.failed)} failed, {len(self.known)} known to fail")
        return 1 if self.failed or not self.number else 0


def cannot():
    """Why this machine can start no cluster; None if it can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [program for program in ["containerd", "runc", "nft", "curl", "openssl"] if not shutil.which(program)]
    if missing:
        return f"no {', '.join(missing)} here (make packages)"
    controllers = {field for line in open("/proc/self/cgroup") for field in line.split(":")[1].split(",")}
    if not {"cpu", "memory", "pids", "freezer"} <= controllers:
        return "this machine has no cgroups of version 1, alone or beside version 2"
    built = subprocess.run([f"{HERE}/build.sh"])
    if built.returncode == 75:
        return "the programs of Kubernetes can be built on Debian bookworm only (K8S_BIN names a folder of a release's)"
    if built.returncode != 0:
        sys.exit("test-cluster: the programs were not built")
    return None


def clusters(kpx):
    """The first of each mode and backend is the one where services change."""
    yield Cluster(kpx, "iptables", "legacy", "binaries")
    yield Cluster(kpx, "iptables", "nft", "kubeadm")
    yield Cluster(kpx, "iptables", "legacy", "kubeadm")
    yield Cluster(kpx, "iptables", "nft", "binaries")
    if os.environ.get("K8S_BIN"):
        yield Cluster(kpx, "nftables", "nft", "kubeadm")


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    pattern = sys.argv[2] if len(sys.argv) == 3 else "*"
    if why := cannot():
        print(f"test-cluster: skipped: {why}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("test-cluster: ended"))
    report, begin, begun = Report(), time.monotonic(), set()
    for cluster in clusters(os.path.realpath(sys.argv[1])):
        if fnmatch.fnmatch(cluster.name, pattern):
            first = (cluster.mode, cluster.backend) not in begun
            begun.add((cluster.mode, cluster.backend))
            check(cluster, report, first)
            print(f"# {time.monotonic() - begin:.0f} s", flush=True)
    sys.exit(report.end())


def check(cluster, report, whole):
    with cluster:
        report.begin(f"{cluster.release} {cluster.name}")
        if cluster.mode == "nftables" and cluster.minor < NFTABLES_SINCE:
            print("skipped: this release has no nftables mode")
            return
        failed = len(report.failed)
        try:
            healthy.check(cluster, report, whole)
            if (cluster.mode, cluster.backend, cluster.layout) == FAULTS_IN:
                faults.check(cluster, report)
            if whole:
                fleet.check(cluster, report)
                changes.check(cluster, report)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            report.check("all checks", False, error)
        if len(report.failed) > failed:
            cluster.show_logs()


if __name__ == "__main__":
    main()
