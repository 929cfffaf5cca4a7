#!/usr/bin/env python3
"""Runs commands in interleaved rounds and compares their CPU time (user + system).

  compare.py [--rounds N] [--record FILE CASE GOAL] NAME[/TIMES]=COMMAND NAME[/TIMES]=COMMAND…

Prints the median, minimum and ratio of medians to the first command; of a command that does its work TIMES times over,
of one time. Interleaved, because a machine's speed drifts while a comparison runs. Fails if a command fails. With --record,
the last command's ratio to the first is appended to a file as a case of bench.py's, with its goal.
"""

import argparse
import json
import os
import shlex
import statistics
import sys


def run(name, command):
    """Runs a command once, its output thrown away, and returns what CPU it took in ms, and its peak memory in MB."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    process = os.posix_spawnp(
        command[0], command, os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)])
    os.close(nowhere)
    _, status, usage = os.wait4(process, 0)
    # 1 and 2 are answers too (something is wrong, cannot tell), and a benchmark of another answer is none.
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{name}: exit {os.waitstatus_to_exitcode(status)}: {shlex.join(command)}")
    return (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def measure(commands, rounds):
    """{name: (median of CPU in ms, least, peak memory in MB)} of commands, {NAME[/TIMES]: [PROGRAM, ARGUMENT…]}."""
    runs = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cpu, memory = run(name, command)
            if number > 0 or rounds == 1:  # the first only warms caches
                runs[name].append((cpu / int(name.partition("/")[2] or 1), memory))
    return {name: (statistics.median(cpu for cpu, _ in values), min(cpu for cpu, _ in values),
                   max(memory for _, memory in values)) for name, values in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", nargs=3, metavar=("FILE", "CASE", "GOAL"))
    parser.add_argument("commands", nargs="+", metavar="NAME[/TIMES]=COMMAND")
    options = parser.parse_args()
    commands = {}
    for text in options.commands:
        name, _, command = text.partition("=")
        commands[name] = shlex.split(command)

    found = measure(commands, options.rounds)
    first = next(iter(found.values()))[0]
    print(f"{'':12} {'cpu median':>12} {'cpu min':>10} {'ratio':>7} {'peak memory':>12}   ({options.rounds} rounds)")
    for name, (median, least, memory) in found.items():
        print(f"{name:12} {median:9.2f} ms {least:7.2f} ms {median / first:6.4g}x {memory:9.1f} MB")
    if options.record:
        file, case, goal = options.record
        median = list(found.values())[-1][0]
        with open(file, "a") as out:
            print(json.dumps({"case": case, "kpx": median, "other": first, "against": next(iter(found)), "unit": "ms",
                              "ratio": median / first, "goal": float(goal)}), file=out)


if __name__ == "__main__":
    main()
