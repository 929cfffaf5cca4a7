#!/usr/bin/python3
"""check-arrows.py [ROOT]: whether a folder of Sources/Inspect names anything that a folder above it declares.

The order of the folders is CONTRIBUTING.md's. What is looked for are types, and the module's functions, constants and
variables; not members, of which a text does not tell whose they are. Prints a line for each use, and ends with 1 if there
is any.
"""
import bisect
import collections
import pathlib
import re
import sys

# What a folder declares and another may name.
DECLARATION = re.compile(
    r"\b(struct|class|enum|protocol|actor|typealias|func|let|var|extension)\s+([A-Za-z_]\w*(?:\.\w+)*)")
TYPES = {"struct", "class", "enum", "protocol", "actor", "typealias"}
# `class` before another keyword is a modifier, and no name.
KEYWORDS = {"func", "var", "let", "init", "subscript"}
WORD = re.compile(r"[A-Za-z_]\w*")

# `outer` is the type that it stands in, and "" at a file's top.
Declared = collections.namedtuple("Declared", "name kind outer file folder")


def code(text):
    """The text with its comments and strings blanked, lines kept; what a string interpolates is code."""
    result = []
    at = 0
    # Strings that an interpolation is in: the number of its open parentheses, and the delimiter that ends the string.
    outer = []

    def blank(end):
        nonlocal at
        result.append("".join(c if c == "\n" else " " for c in text[at:end]))
        at = end

    def string(delimiter):
        """Goes on to the string's end, or to its next interpolation."""
        nonlocal at
        hashes = delimiter.lstrip('"')
        end = at
        while end < len(text):
            if text.startswith(delimiter, end):
                return blank(end + len(delimiter))
            if text.startswith("\\" + hashes + "(", end):
                blank(end + 2 + len(hashes))
                return outer.append([1, delimiter])
            end += 2 if text[end] == "\\" and not hashes else 1
        blank(len(text))

    while at < len(text):
        if text.startswith("//", at):
            end = text.find("\n", at)
            blank(len(text) if end < 0 else end)
        elif text.startswith("/*", at):
            depth, end = 1, at + 2
            while depth and end < len(text):
                mark = text[end:end + 2]
                depth += {"/*": 1, "*/": -1}.get(mark, 0)
                end += 2 if mark in ("/*", "*/") else 1
            blank(end)
        elif quote := re.compile(r'(#*)("""|")').match(text, at):
            blank(quote.end())
            string(quote[2] + quote[1])
        else:
            if outer and text[at] in "()":
                outer[-1][0] += 1 if text[at] == "(" else -1
                if outer[-1][0] == 0:
                    string(outer.pop()[1])
                    continue
            result.append(text[at])
            at += 1
    return "".join(result)


def declarations(source, file, folder):
    """What a file declares, at its top and in its types, its private things among them."""
    # The types that are open, "" for what is open else.
    scopes = []
    opening = ""
    for token in re.finditer(DECLARATION.pattern + r"|[{}]", source):
        kind, name = token[1], token[2]
        if token[0] == "{":
            scopes.append(opening)
            opening = ""
        elif token[0] == "}":
            scopes = scopes[:-1]
        elif kind == "extension":
            opening = name.split(".")[-1]
        elif kind in TYPES and name not in KEYWORDS:
            yield Declared(name, kind, scopes[-1] if scopes else "", file, folder)
            opening = "" if kind == "typealias" else name
        elif kind == "func":
            yield Declared(name, kind, "." if scopes else "", file, folder)
            opening = ""
        elif not scopes:
            yield Declared(name, kind, "", file, folder)


def order(contributing):
    """The folders from the top down, as the list in CONTRIBUTING.md has them."""
    listed = re.search(r"^ *Sources/Inspect/\n((?: {6,}\S.*\n)+)", contributing, re.MULTILINE)
    return re.findall(r"^ {6}(\w+)/", listed[1], re.MULTILINE) if listed else []


def arrows(root):
    """A line for each use of what a folder above declares, and for each folder that the list does not have."""
    inspect = root / "Sources/Inspect"
    folders = order((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    present = {path.name for path in inspect.iterdir() if path.is_dir()}
    for folder in sorted(present ^ set(folders)):
        yield f"CONTRIBUTING.md: {folder} is " + ("not in the list" if folder in present else "no folder of Sources/Inspect")
    height = {folder: len(folders) - place for place, folder in enumerate(folders)}

    sources = {}
    declared = collections.defaultdict(list)
    for path in sorted(inspect.rglob("*.swift")):
        file, folder = str(path.relative_to(root)), path.relative_to(inspect).parts[0]
        sources[file] = (folder, code(path.read_text(encoding="utf-8")))
        for one in declarations(sources[file][1], file, folder):
            declared[one.name].append(one)

    for file, (folder, source) in sources.items():
        starts = [0] + [match.end() for match in re.finditer("\n", source)]
        for word in WORD.finditer(source):
            before, after = source[max(0, word.start() - 80):word.start()], source[word.end():word.end() + 1]
            found = meant(declared.get(word[0], []), folder, source, before, after)
            if found and height.get(found.folder, 0) > height.get(folder, 0):
                line = bisect.bisect(starts, word.start())
                yield f"{file}:{line} {folder} -> {found.folder} uses {found.name} (declared in {found.file})"


def meant(candidates, folder, source, before, after):
    """The declaration that a word is of, if the text tells."""
    # The folder's own comes first, or what it keeps to itself under that name.
    if not candidates or any(one.folder == folder for one in candidates):
        return None
    behind = re.search(r"(\w*)\s*\.\s*$", before)
    if behind and behind[1] != "Inspect":
        found = [one for one in candidates if one.kind in TYPES and one.outer == behind[1]]
    else:
        found = [one for one in candidates if not one.outer]
        # A nested type is named without its outer one in that one's extensions alone.
        found = found or [
            one for one in candidates
            if one.kind in TYPES and one.outer and re.search(rf"\bextension\s+([\w.]+\.)?{one.outer}\b", source)]
    if len({one.folder for one in found}) != 1:
        return None
    one = found[0]
    # What declares another thing of that name, and an argument's label.
    if re.search(r"\b(func|let|var|case)\s+$", before) or (one.kind not in TYPES and after == ":"):
        return None
    return None if one.kind == "func" and after != "(" else one


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = list(arrows(root))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
