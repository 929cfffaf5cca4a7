#!/usr/bin/env python3
"""Breaks kpx on purpose, in a copy of this tree, in each way that mutations.tsv lists, and sees that the tests that are
named for it notice. All of them are built at once: a file beside the copy says which one is at work.

A line of the table: a name; a file; a text that is in it once; what is put in its place; a filter of `swift test`. What is
put in its place is an expression in the place of an expression, or has BROKEN where it asks whether it is at work. A line
feed is \\n. Without arguments all are tried, else those whose names contain one of the arguments."""

import os, re, shutil, subprocess, sys, time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
# Kept from one run to the next, for what need not be built again.
COPY = f"{ROOT}/.build/mutations"
CHOICE = f"{COPY}/broken"
# A test that hangs has noticed, too.
MOST_SECONDS = 300
# One disagreement with the kernel is enough, and each is looked into.
ORACLE_PAIRS = 48

SWITCHES = '''
#if canImport(Glibc)
  import Glibc
#endif

private let chosen: String = {
  guard let file = fopen("%s", "r") else { return "" }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, Int32(line.count), file) != nil else { return "" }
  return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}()
'''


def table():
    lines = open(f"{ROOT}/Tests/Support/mutations.tsv").read().splitlines()
    for line in lines:
        if line.startswith("#"): continue
        fields = [re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], field) for field in line.split("\t")]
        assert len(fields) == 5, f"not five fields: {line}"
        yield fields


def copy(rows):
    os.makedirs(COPY, exist_ok=True)
    for name in ["Package.swift", "Package.resolved", "Sources", "Tests", "Benchmarks"]:
        if os.path.isdir(f"{COPY}/{name}"): shutil.rmtree(f"{COPY}/{name}")
        if os.path.isdir(f"{ROOT}/{name}"): shutil.copytree(f"{ROOT}/{name}", f"{COPY}/{name}", symlinks=True)
        elif os.path.exists(f"{ROOT}/{name}"): shutil.copy2(f"{ROOT}/{name}", f"{COPY}/{name}")
    modules = set()
    for number, (name, path, old, new, _) in enumerate(rows):
        text = open(f"{COPY}/{path}").read()
        if text.count(old) != 1: sys.exit(f"{name}: what is to be broken is {text.count(old)} times in {path}")
        switch = f"isBroken{number}"
        if "BROKEN" not in new: new = f"(BROKEN ? ({new}) : ({old}))"
        open(f"{COPY}/{path}", "w").write(text.replace(old, new.replace("BROKEN", switch)))
        modules.add(path.split("/")[1])
    for module in modules:
        with open(f"{COPY}/Sources/{module}/Broken.swift", "w") as file:
            file.write(SWITCHES % CHOICE)
            for number in range(len(rows)): file.write(f'let isBroken{number} = chosen == "{number}"\n')


def swift(*arguments, **options):
    return subprocess.run(["swift", *arguments], cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)


def test(pattern, number=None):
    """Whether tests pass, and what they printed."""
    with open(CHOICE, "w") as file: file.write("" if number is None else str(number))
    try:
        run = swift("test", "--skip-build", "--disable-xctest", "--filter", pattern,
                    env=os.environ | {"KPX_ORACLE_PAIRS": str(ORACLE_PAIRS)}, timeout=None if number is None else MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"not done after {MOST_SECONDS} s"
    return run.returncode == 0, run.stdout


def main():
    rows = list(table())
    chosen = [i for i, row in enumerate(rows) if not sys.argv[1:] or any(word in row[0] for word in sys.argv[1:])]
    if not chosen: sys.exit("no mutation has such a name")
    started = time.monotonic()
    copy(rows)
    build = swift("build", "--build-tests")
    if build.returncode != 0: sys.exit(build.stdout)
    print(f"{len(rows)} mutations built in {time.monotonic() - started:.0f} s", flush=True)
    passes, said = test("|".join(sorted({rows[i][4] for i in chosen})))
    if not passes: sys.exit(said + "\ntests fail where nothing is broken")
    if " skipped" in said: print("some tests are skipped here: not all mutations can be noticed")
    unnoticed = []
    for number in chosen:
        name, pattern = rows[number][0], rows[number][4]
        started = time.monotonic()
        passes, said = test(pattern, number)
        if passes: unnoticed.append(name)
        issue = re.search(r'Test "?(.*?)"? recorded an issue|(not done after .*)|(error: .*)', said)
        what = next((group for group in issue.groups() if group), "") if issue else "the tests ended early"
        took = time.monotonic() - started
        print(f"{name}: {'NOT NOTICED' if passes else 'noticed by: ' + what[:120]} ({took:.0f} s)", flush=True)
    os.remove(CHOICE)
    if unnoticed: sys.exit(f"not noticed: {', '.join(unnoticed)}")


main()
