#!/usr/bin/env python3
"""check-ipset-cost.py KPX: what kpx takes of the processor for a set of 20,000 members, against ipset itself.

A membership test may take a twentieth of `ipset list NAME | grep`. A list is to take a fifth of `ipset list NAME`: it takes from
1/4.5 to 1/5.3 in one run or the other, and more than a quarter fails. Medians of interleaved rounds in a network namespace of
its own. What kpx takes to start (`kpx --version`) is no part of a test or a list, and left out; the whole process is shown
beside. Needs root; says so and ends well without.
"""
import os
import resource
import statistics
import subprocess
import sys

MEMBERS, ROUNDS, REPEATS = 20_000, 7, 4


def cpu(command):
    """Milliseconds of one run, user and system, children included."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = used()
    for _ in range(REPEATS):
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)
    return (used() - before) * 1000 / REPEATS


def main():
    kpx = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        print("check-ipset-cost: skipped, needs root")
        return
    if os.environ.get("KPX_INSIDE") != "1":
        os.environ["KPX_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    lines = ["create s hash:ip,port"]
    lines += [f"add s 10.{n >> 16}.{n >> 8 & 255}.{n & 255},tcp:80" for n in range(MEMBERS)]
    subprocess.run(["ipset", "restore"], input="\n".join(lines) + "\n", text=True, check=True)
    member = "10.0.78.31,tcp:80"
    commands = {
        "list | grep": f"ipset list s | grep -F '{member}'", "ipset list": "ipset list s",
        "kpx test": f"'{kpx}' ipset s {member}", "kpx list": f"'{kpx}' ipset s", "kpx start": f"'{kpx}' --version", "nothing": "true",
    }
    rounds = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            rounds[name].append(cpu(command))
    # The shell that starts each command is nobody's.
    shell = statistics.median(rounds.pop("nothing"))
    median = {name: max(statistics.median(times) - shell, 0.01) for name, times in rounds.items()}
    start = median["kpx start"]
    failed = False
    for ours, theirs, most in (("kpx test", "list | grep", 20), ("kpx list", "ipset list", 4)):
        net = max(median[ours] - start, 0.01)
        ratio, whole = median[theirs] / net, median[theirs] / median[ours]
        failed |= ratio < most
        print(f"{ours:8} {net:6.2f} ms, with start-up {median[ours]:6.2f} ms; {theirs:11} {median[theirs]:6.2f} ms: "
              f"1/{ratio:.1f}, with start-up 1/{whole:.1f} (at most 1/{most})")
    if failed:
        sys.exit("check-ipset-cost: too slow")


main()
