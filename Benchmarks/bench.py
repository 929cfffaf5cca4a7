#!/usr/bin/env python3
"""What kpx costs, against the kernel's floor and the usual tools: one table of ratios with their goals.

  bench.py KPX IN-PROCESS [--services N] [--endpoints N] [--pods N] [--rounds N] [--only REGEX]

Generated clusters' rules (gen_rules.py) are loaded into network namespaces of their own, which are removed at the end.
Figures are CPU time, user and system: medians of interleaved rounds, all of one run. The table is printed and written to
results/, with what the machine was. Needs root; loading 10,000 services in nftables mode takes the kernel minutes.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

import api
import compare

HERE = os.path.dirname(os.path.abspath(__file__))


class Bench:
    def __init__(self, options, work):
        self.options, self.work, self.rows = options, work, []
        self.kpx, self.in_process = os.path.realpath(options.kpx), os.path.realpath(options.in_process)
        for name in ("floor", "nftfloor", "hello"):
            subprocess.run(["cc", "-O2", "-o", f"{work}/{name}", f"{HERE}/{name}.c"], check=True)

    def wants(self, case):
        return re.search(self.options.only, case) is not None

    def add(self, case, kpx, other, goal, against, unit="ms"):
        """A figure of kpx beside another, and how much of it it may be."""
        self.rows.append({"case": case, "kpx": kpx, "other": other, "against": against, "unit": unit,
                          "ratio": kpx / other, "goal": goal})
        print(self.line(self.rows[-1]), flush=True)

    @staticmethod
    def line(row):
        def ratio(value):
            return f"1/{1 / value:.0f}" if value < 0.05 else f"{value:.2f}"
        verdict = "met" if row["ratio"] <= row["goal"] else "MISSED"
        return (f"{row['case']:56} {row['kpx']:10.1f} {row['other']:10.1f} {row['unit']:3} {ratio(row['ratio']):>8} "
                f"{ratio(row['goal']):>8}  {verdict:7} {row['against']}")

    @staticmethod
    def head():
        return f"{'':56} {'kpx':>10} {'other':>10} {'':3} {'ratio':>8} {'goal':>8}  {'':7} against"

    # What is measured

    def cluster(self, services, endpoints, *formats):
        """A generated cluster: the folder of its rules, and its model."""
        folder = f"{self.work}/{services}x{endpoints}"
        wanted = [name for name in (*formats, "model") if not os.path.exists(f"{folder}/.{name}")]
        only = [word for name in wanted for word in ("--only", name)]
        if only:
            subprocess.run([f"{HERE}/gen_rules.py", "--services", str(services), "--endpoints", str(endpoints),
                            "--out", folder] + only, check=True)
            for name in wanted: open(f"{folder}/.{name}", "w").close()
        with open(f"{folder}/services.json") as file: return folder, json.load(file)

    @contextlib.contextmanager
    def namespace(self, load, rules):
        """A network namespace with rules, and how to run something there."""
        name = f"kpx-bench-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        inside = ["ip", "netns", "exec", name]
        try:
            subprocess.run(inside + ["ip", "link", "set", "lo", "up"], check=True)
            with open(rules) as file: subprocess.run(inside + load, stdin=file, check=True)
            yield lambda *command: inside + [str(word) for word in command]
        finally:
            subprocess.run(["ip", "netns", "delete", name], check=True)

    def compare(self, commands, rounds=None):
        return compare.measure(commands, rounds or self.options.rounds)

    def list(self, backend, services, endpoints, goal, withAPI=False):
        """`kpx services -A` against the tool that prints the rules; the milliseconds of kpx."""
        load, format, tool = {
            "legacy": (["iptables-legacy-restore", "-w", "60"], "iptables", ["iptables-legacy-save"]),
            "iptables-nft": (["iptables-nft-restore"], "iptables", ["iptables-nft-save"]),
            "nftables": (["nft", "-f", "-"], "nft", ["nft", "list", "table", "ip", "kube-proxy"])}[backend]
        folder, model = self.cluster(services, endpoints, format)
        case = f"services -A, {backend}, {services} x {endpoints}"
        with self.namespace(load, f"{folder}/{format}.rules") as inside:
            # 1 and 2 are answers of a list, too: some services have no endpoints.
            command = inside("sh", "-c", '"$@"; [ $? -le 2 ]', "sh", self.kpx, "services", "-A")
            commands = {"other": inside(*tool), "kpx": command + ["--no-api"]}
            if withAPI:
                api.write(model, f"{folder}/api")
                commands["api"] = command + ["--api-dump", f"{folder}/api", "--node", api.NODE, "--proxy-version", "1.34"]
            found = self.compare(commands, rounds=max(3, self.options.rounds // 3))
            kpx, other = found["kpx"], found["other"]
            if goal: self.add(case, kpx[0], other[0], goal, " ".join(tool))
            if goal and backend == "legacy": self.memory(case, kpx[2], inside)
            if withAPI: self.add(f"{case}, with the API", found["api"][0], kpx[0], 1.5, "the same without")
            if goal: self.traces(backend, services, model, inside)
            return kpx[0]

    def memory(self, case, peak, inside):
        """The table's size is what its floor takes to read it."""
        table = self.compare({"floor": inside(f"{self.work}/floor", 4, "nat")}, rounds=1)["floor"][2]
        self.add(f"{case}, peak memory", peak, table + 64, 1, "the table and 64 MB", unit="MB")

    def traces(self, backend, services, model, inside):
        probe = next(item for item in model["services"] if item["name"] == model["probes"]["middle"])
        address = f"{probe['cluster_ip']}:{probe['port']}/{probe['protocol'].upper()}"
        name = f"{probe['namespace']}/{probe['service']}"
        by_address = inside(self.kpx, "trace", address, "--no-api")
        case = f"trace by address, {backend}, {services}"
        if not self.wants("trace"): return
        if backend == "legacy":
            for way, command in [("address", by_address), ("name", inside(self.kpx, "trace", name, "--no-api"))]:
                found = self.compare({"floor": inside(f"{self.work}/floor", 4, "nat", "filter", "mangle"), "kpx": command})
                self.add(f"trace by {way}, legacy, {services}", found["kpx"][0], found["floor"][0], 1.05, "two getsockopt calls a table")
        elif backend == "iptables-nft":
            found = self.compare({"floor": inside(f"{self.work}/nftfloor", "ip", "nat", "KUBE-SERVICES"), "kpx": by_address})
            self.add(case, found["kpx"][0], found["floor"][0], 1.15, "a dump of KUBE-SERVICES")
        else:
            found = self.compare({
                "nft": inside("nft", "list", "chain", "ip", "kube-proxy", probe["nft"]["service"]), "kpx": by_address,
                "process/200": inside(self.in_process, "trace", address, 200)})
            whole, process = (1 / 10, 1 / 50) if services < 10000 else (1 / 400, 1 / 2000)
            self.add(case, found["kpx"][0], found["nft"][0], whole, "nft list chain")
            self.add(f"{case}, in one process", found["process/200"][0], found["nft"][0], process, "nft list chain")

    def start(self):
        found = self.compare({"hello": [f"{self.work}/hello"], "kpx": [self.kpx, "--version"]})
        self.add("--version", found["kpx"][0], found["hello"][0], 3, "a C program that prints a line")

    def pods(self):
        record = f"{self.work}/pods"
        environment = dict(os.environ, RECORD=record, ROUNDS=str(self.options.rounds))
        subprocess.run([f"{HERE}/pods.sh", self.kpx, self.in_process, str(self.options.pods)], check=True, env=environment,
                       stdout=subprocess.DEVNULL)
        with open(record) as file:
            for row in map(json.loads, file): self.add(row["case"], row["kpx"], row["other"], row["goal"], row["against"])

    def all(self):
        services, endpoints = self.options.services, self.options.endpoints
        print(self.head())
        if self.wants("start"): self.start()
        for backend, goal in [("legacy", 1), ("iptables-nft", 0.5), ("nftables", 0.5)]:
            if not self.wants(backend): continue
            small = self.list(backend, services // 10, endpoints, None)
            large = self.list(backend, services, endpoints, goal, withAPI=backend == "legacy")
            self.add(f"services -A, {backend}, from {services // 10} to {services}", large, small, 11, "a tenth of the services")
        if services >= 10000 and self.wants("sizes"):
            self.list("legacy", services * 9 // 2, 1, 1)
            self.list("legacy", services // 2, 50, 1)
        if self.wants("veth"): self.pods()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kpx")
    parser.add_argument("in_process", metavar="IN-PROCESS")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--endpoints", type=int, default=10)
    parser.add_argument("--pods", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="of start, legacy, iptables-nft, nftables, trace, sizes, veth")
    options = parser.parse_args()
    if os.geteuid() != 0: os.execvp("sudo", ["sudo", sys.executable] + sys.argv)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.environ["LC_ALL"] = "C"
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(options, work)
        bench.all()
    print(f"\n{Bench.head()}")
    for row in bench.rows: print(Bench.line(row))
    result = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "kernel": platform.release(),
              "processors": os.cpu_count(), "services": options.services, "endpoints": options.endpoints, "cases": bench.rows}
    os.makedirs(f"{HERE}/results", exist_ok=True)
    file = f"{HERE}/results/{result['time'].replace(':', '')}.json"
    with open(file, "w") as out: json.dump(result, out, indent=2)
    missed = sum(row["ratio"] > row["goal"] for row in bench.rows)
    print(f"\n{len(bench.rows) - missed} of {len(bench.rows)} goals are met; {os.path.relpath(file)}")


main()
