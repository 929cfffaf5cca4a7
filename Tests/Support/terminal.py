#!/usr/bin/env python3
"""terminal.py [--size COLUMNSxLINES] [--term TERM] [--out] [--err] [TEXT => ACTION]... -- COMMAND...: what a program shows on a terminal of its own.

--out and --err give it a pipe as standard output or standard error. Each ACTION is done once its TEXT has been shown after
the one before, and the program is quiet: a command for sh, or ^C for the key. Prints a JSON object when the program has ended: its status (128 + the
signal that ended it), the screen at the end, each different screen that stood for 50 ms, what came through the pipes, and all bytes
that the terminal got.

Of escapes it knows those that the cursor goes home by, that clear to a line's or the screen's end, and colours.
"""
import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

# No test waits for its end: it is for what hangs, on a machine that is busy with the other tests.
SECONDS = 300
# What a read may end in the middle of.
BEGUN = re.compile(r"\x1b(?:\[[0-9;]*)?\Z")
TOKEN = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n\b])|([^\x1b\r\n\b]+)|(.)", re.S)


class Screen:
    def __init__(self, width, height):
        self.width, self.height = width, height
        self.lines, self.row, self.column = [""] * height, 0, 0
        self.decoder, self.begun = codecs.getincrementaldecoder("utf-8")("replace"), ""

    def down(self):
        self.row += 1
        if self.row == self.height:
            self.lines, self.row = self.lines[1:] + [""], self.row - 1

    def put(self, text):
        for character in text:
            if self.column == self.width:
                self.column = 0
                self.down()
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += 1

    def take(self, data):
        text = self.begun + self.decoder.decode(data)
        end = BEGUN.search(text)
        self.begun = end.group() if end else ""
        text = text[:len(text) - len(self.begun)]
        for number, letter, control, plain, other in TOKEN.findall(text):
            if letter == "H" and not number:
                self.row = self.column = 0
            elif letter == "K" and not number:
                self.lines[self.row] = self.lines[self.row][:self.column]
            elif letter == "J" and not number:
                self.lines[self.row] = self.lines[self.row][:self.column]
                self.lines[self.row + 1:] = [""] * (self.height - self.row - 1)
            elif letter and letter != "m" or other:
                sys.exit(f"the terminal does not know {number}{letter}{other!r}")
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self.down()
            elif plain:
                self.put(plain)

    def shown(self):
        lines = [line.rstrip() for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def parse(arguments):
    size, term, pipes, actions = (80, 24), "xterm", set(), []
    while arguments[0] != "--":
        word = arguments.pop(0)
        if word == "--size":
            size = tuple(map(int, arguments.pop(0).split("x")))
        elif word == "--term":
            term = arguments.pop(0)
        elif word in ("--out", "--err"):
            pipes.add(word[2:])
        else:
            text, action = word.split(" => ", 1)
            actions.append((text, action))
    return size, term, pipes, actions, arguments[1:]


def main():
    (width, height), term, names, actions, command = parse(sys.argv[1:])
    pipes = {name: os.pipe() for name in names}
    process, terminal = pty.fork()
    if process == 0:
        for name, descriptor in (("out", 1), ("err", 2)):
            if name in pipes:
                os.dup2(pipes[name][1], descriptor)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.execvpe(command[0], command, {**os.environ, "TERM": term})
    for reader, writer in pipes.values():
        os.close(writer)
    screen, raw, frames, fresh = Screen(width, height), b"", [], ""
    got = {name: b"" for name in names}
    open_ends = {terminal: None, **{pipe[0]: name for name, pipe in pipes.items()}}
    end = time.monotonic() + SECONDS
    while open_ends and time.monotonic() < end:
        ready = select.select(list(open_ends), [], [], 0.05)[0]
        if not ready and (not frames or frames[-1] != screen.shown()):
            frames.append(screen.shown())
        for descriptor in ready:
            try:
                data = os.read(descriptor, 1 << 16)
            except OSError:
                data = b""
            if not data:
                del open_ends[descriptor]
            elif descriptor == terminal:
                raw += data
                screen.take(data)
                fresh += data.decode(errors="replace")
            else:
                got[open_ends[descriptor]] += data
                fresh += data.decode(errors="replace")
        # Not in the middle of what the program writes: a terminal throws that away with the key.
        if not ready and actions and actions[0][0] in fresh:
            _, action = actions.pop(0)
            fresh = ""
            if action == "^C":
                os.write(terminal, b"\x03")
            else:
                subprocess.run(["sh", "-c", action], check=True, stdout=subprocess.DEVNULL)
    if open_ends:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    print(json.dumps({
        "status": os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status),
        "inTime": not open_ends, "undone": len(actions), "screen": screen.shown(),
        "frames": frames + [screen.shown()], "out": got.get("out", b"").decode(errors="replace"),
        "err": got.get("err", b"").decode(errors="replace"), "raw": raw.decode(errors="replace")}))


main()
