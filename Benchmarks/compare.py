#!/usr/bin/env python3
"""Runs commands in interleaved rounds and compares their CPU time (user + system).

  compare.py [--rounds N] [--limit RATIO] NAME[/TIMES]=COMMAND NAME[/TIMES]=COMMAND…

Prints the median, minimum and ratio of medians to the first command; of a command that does its work TIMES times over,
of one time. Interleaved, because a machine's speed drifts while a comparison runs. Fails if a command fails, or if the
ratio of the last to the first is above RATIO.
"""

import argparse
import os
import shlex
import statistics
import sys


def cpu_milliseconds(name, command):
    """Runs a command once, its output thrown away, and returns what CPU it took."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    process = os.posix_spawnp(
        command[0], command, os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1)])
    os.close(nowhere)
    _, status, usage = os.wait4(process, 0)
    # 1 and 2 are answers too (something is wrong, cannot tell), and a benchmark of another answer is none.
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{name}: exit {os.waitstatus_to_exitcode(status)}: {shlex.join(command)}")
    return (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--limit", type=float)
    parser.add_argument("commands", nargs="+", metavar="NAME[/TIMES]=COMMAND")
    options = parser.parse_args()
    commands = {}
    times = {}
    for text in options.commands:
        name, _, command = text.partition("=")
        name, _, count = name.partition("/")
        commands[name] = shlex.split(command)
        times[name] = int(count or 1)

    runs = {name: [] for name in commands}
    for round_number in range(options.rounds + 1):
        for name, command in commands.items():
            cpu, memory = cpu_milliseconds(name, command)
            if round_number > 0:  # the first only warms caches
                runs[name].append((cpu / times[name], memory))

    first = None
    print(f"{'':12} {'cpu median':>12} {'cpu min':>10} {'ratio':>7} {'peak memory':>12}   ({options.rounds} rounds)")
    for name, values in runs.items():
        median = statistics.median(cpu for cpu, _ in values)
        first = first or median
        ratio = median / first
        memory = max(memory for _, memory in values)
        print(f"{name:12} {median:9.2f} ms {min(cpu for cpu, _ in values):7.2f} ms {ratio:6.4g}x {memory:9.1f} MB")
    if options.limit is not None and ratio > options.limit:
        sys.exit(f"above the limit of {options.limit}x")


main()
