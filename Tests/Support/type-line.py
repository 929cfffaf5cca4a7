#!/usr/bin/env python3
"""type-line.py SHELL SCRIPT KEYS...: what a real shell, on a terminal of its own, makes of keys that are typed.

SHELL is bash, zsh or fish; SCRIPT is kpx' completion script for it, which is loaded. Each of KEYS is typed
on an empty line; \\t in it is the tabulator key. Prints a line of JSON for each: the command line at the end, what was shown
meanwhile, and how many seconds the shell took from the first tabulator on.

The shell has the environment of this program, and a home without any file.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time

# What a shell needs for a key, control-G, to print the line between marks. Typed text is echoed: marks are not typed as such.
BEGIN, END = "\x02", "\x03"
STARTS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], [
        "PS1=; PS2=; bind 'set bell-style none'; bind 'set completion-query-items 0'; bind 'set page-completions off'",
        "bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; HISTFILE=",
        "[ ! -e /usr/share/bash-completion/bash_completion ] || . /usr/share/bash-completion/bash_completion",
        r"""line() { printf '\002%s\003' "$READLINE_LINE"; }; bind -x '"\C-g": line'""",
    ]),
    "zsh": (["zsh", "-f", "-i"], [
        "PS1=; PS2=; unsetopt beep prompt_cr prompt_sp; autoload -Uz compinit; compinit -u -D; LISTMAX=10000",
        r"""line() { printf '\002%s\003' "$BUFFER" }; zle -N line; bindkey '^G' line""",
    ]),
    "fish": (["fish", "-i"], [
        "set -g fish_greeting; function fish_prompt; end; set -g fish_autosuggestion_enabled 0",
        r"""function line; printf '\002%s\003' (commandline -b); end; bind \cg line""",
    ]),
}
SECONDS = 30


class Shell:
    def __init__(self, name, script):
        arguments, lines = STARTS[name]
        self.home = tempfile.TemporaryDirectory()
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            environment = {**os.environ, "HOME": self.home.name, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
            for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "ZDOTDIR", "BASH_ENV", "INPUTRC"):
                environment.pop(variable, None)
            os.execvpe(arguments[0], arguments, environment)
        # Wide enough for a line to stay one, and high enough to show all names without asking.
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 500, 0, 0))
        self.wait(0.3)
        for line in [*lines, f". '{script}'"]:
            self.send(line + "\r")
            self.wait(0.1)
        self.line()

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read(self, limit):
        if not select.select([self.terminal], [], [], limit)[0]:
            return ""
        try:
            return os.read(self.terminal, 1 << 16).decode(errors="replace")
        except OSError:
            sys.exit("the shell has ended")

    def wait(self, quiet):
        """Until nothing has come for so long."""
        while self.read(quiet):
            pass

    def line(self):
        """The command line, and what was shown before it was asked for."""
        self.send("\x07")
        text, end = "", time.monotonic() + SECONDS
        while not re.search(BEGIN + "[^" + END + "]*" + END, text):
            if time.monotonic() > end:
                sys.exit(f"the shell does not answer: {text!r}")
            text += self.read(0.2)
        shown, rest = text.rsplit(BEGIN, 1)
        return rest.split(END)[0], shown

    def type(self, keys):
        before, *tabulators = re.split(r"(?=\t)", keys)
        self.send(before)
        # The echo of what is typed is not what the tabulator shows.
        self.wait(0.2)
        began = time.monotonic()
        self.send("".join(tabulators))
        line, shown = self.line()
        seconds = time.monotonic() - began
        self.send("\x15")
        self.wait(0.1)
        return {"line": line, "shown": plain(shown).split(), "seconds": round(seconds, 3)}

    def close(self):
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        self.home.cleanup()


def plain(text):
    """Without what moves the cursor or colours."""
    return re.sub(r"\x1b(\[[0-9;?>=]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])|[\x00-\x08\x0e-\x1a]", " ", text)


def main():
    shell = Shell(sys.argv[1], sys.argv[2])
    for keys in sys.argv[3:]:
        print(json.dumps(shell.type(keys.replace("\\t", "\t"))), flush=True)
    shell.close()


main()
