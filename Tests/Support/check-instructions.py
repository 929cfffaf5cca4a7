#!/usr/bin/env python3
"""check-instructions.py KPX [--update]: how many instructions kpx takes, against the figures stored in Benchmarks/instructions.json.

Fails where a figure is more than 5 % above or below the stored one, with a table: what became dearer is looked at, and what
became cheaper is stored, so that it stays so. `make check-instructions UPDATE=1` stores what is counted.

Unlike times, instructions do not depend on what else the machine does: valgrind counts the same to one in a million, as
rules are in network namespaces of their own, the environment is fixed and Swift's hashes are not random. They depend on
the compiler and its library, and a little on the C library: another compiler's figures are not compared. Needs root; says
so and ends well without.
"""
import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STORED = f"{ROOT}/Benchmarks/instructions.json"
NAMESPACE = "kpx-instructions"
MOST = 0.05
# Services of a trace and of a list; ten endpoints each.
SIZE, LIST_SIZE, ENDPOINTS = 1000, 300, 10
LOAD = {
    "legacy": (["iptables-legacy-restore", "-w", "60"], "iptables"), "iptables-nft": (["iptables-nft-restore"], "iptables"),
    "nftables": (["nft", "-f", "-"], "nft"),
}
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TERM": "dumb", "HOME": "/",
               "SWIFT_DETERMINISTIC_HASHING": "1"}


def run(command, **options):
    return subprocess.run(command, check=True, **options)


def compiler():
    """The compiler's version, by which figures are comparable."""
    text = run(["swift", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"Swift version \S+(?: \([^)]*\))?", text)
    return f"{found.group() if found else text.strip()}, {platform.machine()}"


def count(command, namespace=None):
    """The instructions of one run."""
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run(
            inside + ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log.name}"] + command,
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        text = log.read()
    found = re.search(r"Collected : (\d+)", text)
    # 1 and 2 are answers: some services have no endpoints.
    if done.returncode not in (0, 1, 2) or not found:
        sys.exit(f"check-instructions: {' '.join(command)} ended with {done.returncode}\n{done.stderr}{text}")
    return int(found.group(1))


def cluster(folder, services):
    """A generated cluster's rules, and a service in the middle of KUBE-SERVICES."""
    run([sys.executable, f"{ROOT}/Benchmarks/gen_rules.py", "--services", str(services), "--endpoints", str(ENDPOINTS),
         "--only", "iptables", "--only", "nft", "--only", "model", "--out", folder])
    with open(f"{folder}/services.json") as file:
        model = json.load(file)
    probe = next(one for one in model["services"] if one["name"] == model["probes"]["middle"])
    return f"{probe['cluster_ip']}:{probe['port']}/{probe['protocol'].upper()}"


@contextlib.contextmanager
def namespace(backend, folder):
    """A network namespace with the cluster's rules alone."""
    subprocess.run(["ip", "netns", "delete", NAMESPACE], stderr=subprocess.DEVNULL)
    load, rules = LOAD[backend]
    run(["ip", "netns", "add", NAMESPACE])
    try:
        run(["ip", "netns", "exec", NAMESPACE, "ip", "link", "set", "lo", "up"])
        with open(f"{folder}/{rules}.rules") as file:
            run(["ip", "netns", "exec", NAMESPACE] + load, stdin=file)
        yield NAMESPACE
    finally:
        run(["ip", "netns", "delete", NAMESPACE])


def figures(kpx):
    """Each figure as it is known."""
    yield "kpx --version", count([kpx, "--version"])
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        cluster(small, LIST_SIZE)
        address = cluster(large, SIZE)
        for backend in LOAD:
            chain = [kpx, "chain", "KUBE-SERVICES", "--no-api"]
            with namespace(backend, large) as inside:
                yield f"trace by address, {backend}, {SIZE} services", count([kpx, "trace", address, "--no-api"], inside)
                if backend != "nftables":
                    many = count(chain, inside)
            with namespace(backend, small) as inside:
                yield f"services -A, {backend}, {LIST_SIZE} services", count([kpx, "services", "-A", "--no-api"], inside)
                if backend != "nftables":
                    few = count(chain, inside)
                    yield f"a rule decoded and shown, {backend}", (many - few) // (SIZE - LIST_SIZE)


def main():
    if os.geteuid() != 0:
        print("check-instructions: skipped, needs root")
        return
    kpx, isUpdate = os.path.realpath(sys.argv[1]), "--update" in sys.argv[2:]
    this = compiler()
    with open(STORED) as file:
        stored = json.load(file)
    if not isUpdate and stored["compiler"] != this:
        print(f"check-instructions: skipped, the stored figures are of {stored['compiler']}, and this is {this}")
        return
    counted, wrong = {}, 0
    print(f"{'':44} {'counted':>13} {'stored':>13}")
    for name, value in figures(kpx):
        counted[name] = value
        known = stored["instructions"].get(name)
        change = value / known - 1 if known else None
        isWrong = not isUpdate and (change is None or abs(change) > MOST)
        wrong += isWrong
        print(f"{name:44} {value:13,} {known or 0:13,} {'' if change is None else f'{change:+8.2%}'}{'  <--' if isWrong else ''}", flush=True)
    if isUpdate:
        stored.update(compiler=this, libc=" ".join(platform.libc_ver()), instructions=counted)
        with open(STORED, "w") as file:
            json.dump(stored, file, indent=2)
            file.write("\n")
        return
    missing = sorted(set(stored["instructions"]) - set(counted))
    if wrong or missing:
        sys.exit(
            f"check-instructions: {wrong} figures differ by more than {MOST:.0%}"
            + (f", and there is none for {', '.join(missing)}" if missing else "")
            + f".\nStored: {stored['compiler']}, {stored['libc']}; here: {' '.join(platform.libc_ver())}. If the change is meant, or it is"
            " the C library's:\n  make check-instructions UPDATE=1\nand commit Benchmarks/instructions.json with what changed it.")


main()
