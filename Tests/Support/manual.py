#!/usr/bin/python3
"""manual.py KPX CATALOGUE FOLDER: writes the manual pages into FOLDER.

    KPX        the program: `--experimental-dump-help` tells its commands and options
    CATALOGUE  the program that prints the catalogue of findings (Tests/Catalogue)

A page's NAME, SYNOPSIS and OPTIONS are generated, and of kpx-findings(7) and kpx-json(7) the lists. The rest is in
man/PAGE.mdoc: what stands there before the first section belongs to DESCRIPTION. Every command needs such a file.
"""
import json
import os
import re
import subprocess
import sys

# In the pages' headings. A fixed date, so that the same program gives the same pages.
DATE = "November 22, 2026"
# The options that all commands with them share: kpx(8) has them, the others name them.
SHARED = "The Kubernetes API"
# As mdoc wants them.
ORDER = [
    "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "OPTIONS FOR THE API", "WATCHING", "OUTPUT", "FINDINGS", "DOCUMENTS",
    "OBJECTS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO", "SECURITY CONSIDERATIONS",
]


def text(words):
    """Lines of text: a sentence on a line of its own, and nothing that roff takes for a request or a hyphen."""
    words = words.replace("\\", "\\e")
    words = re.sub(r"(?<![\w\\])(--?)(?=\w)", lambda match: match[1].replace("-", "\\-"), words)
    # No hyphens in what is typed or looked for: NAMESPACE/POD, /etc/sysctl.d.
    words = re.sub(r"(?<!\S)(?=\S*([A-Z]{4}|[/_=]))", lambda _: "\\%", words)
    lines = re.sub(r"(?<=[A-Za-z0-9)])([.?]) (?=[A-Z])", r"\1\n", words).split("\n")
    return "".join(("\\&" if line[:1] in (".", "'") else "") + line + "\n" for line in lines)


def word(value):
    """An argument of a macro."""
    value = value.replace("\\", "\\e")
    return f'"{value}"' if re.search(r'[ "]', value) else value


def flag(name):
    """`Fl -from`"""
    return "Fl " + ("" if name["kind"] == "short" else "-") + name["name"]


class Command:
    """A command of the program, as it tells itself."""

    def __init__(self, told):
        self.name = told["commandName"]
        self.aliases = told.get("aliases") or []
        self.abstract = told["abstract"]
        discussion, _, examples = told.get("discussion", "").partition("EXAMPLES:\n")
        self.discussion = discussion.strip()
        self.examples = [line.strip() for line in examples.splitlines() if line.strip()]
        self.arguments = [
            argument for argument in told.get("arguments", [])
            if argument["shouldDisplay"] and argument["valueName"] not in ("help", "version")
        ]
        self.commands = [
            Command(command) for command in told.get("subcommands", [])
            if command["shouldDisplay"] and command["commandName"] != "help"
        ]

    @property
    def own(self):
        """The arguments that its page describes."""
        return [argument for argument in self.arguments if argument.get("sectionTitle") != SHARED]

    @property
    def shared(self):
        """The options that kpx(8) describes."""
        return [argument for argument in self.arguments if argument.get("sectionTitle") == SHARED]


def synopsis(argument):
    value = word(argument["valueName"])
    if argument["kind"] == "positional":
        form = f"Ar {value}" + (" ..." if argument["isRepeating"] else "")
        if argument["parsingStrategy"] == "postTerminator":
            return f".Fl Fl\n.{form}\n"
        return f".Op {form}\n" if argument["isOptional"] else f".{form}\n"
    form = flag(argument["preferredName"])
    short = [name for name in argument["names"] if name["kind"] == "short"]
    if short:
        form = flag(short[0])
    if argument["kind"] == "option":
        form += f" Ar {value}"
    return f".Op {form}\n" if argument["isOptional"] else f".{form}\n"


def item(argument):
    """An argument in a list, with what is said of it."""
    if argument["kind"] == "positional":
        head = f".It Ar {word(argument['valueName'])}\n"
    else:
        names = sorted(argument["names"], key=lambda name: name["kind"] != "short")
        head = ".It " + " , ".join(flag(name) for name in names)
        if argument["kind"] == "option":
            head += f" Ar {word(argument['valueName'])}"
        head += "\n"
    body = argument.get("abstract", "")
    if not body:
        sys.exit(f"kpx: nothing is said of {argument['valueName']}")
    facts = []
    if argument.get("allValues"):
        facts.append(" or ".join([", ".join(argument["allValues"][:-1]), argument["allValues"][-1]]))
    if argument.get("defaultValue"):
        facts.append(f"default: {argument['defaultValue']}")
    if facts:
        body += f" ({'; '.join(facts)})"
    return head + text(body + ".")


def listing(items):
    return ".Bl -tag -width 6n\n" + "".join(items) + ".El\n"


def examples(lines):
    """`# What it does`, and the command in the line below."""
    parts = []
    for line in lines:
        if line.startswith("# "):
            parts.append((".Pp\n" if parts else "") + text(line[2:] + ":"))
        else:
            parts.append(".Pp\n.Dl " + line.replace("\\", "\\e").replace("-", "\\-") + "\n")
    return "".join(parts)


def written(page):
    """The sections that are written by hand, by their names; before the first one it is DESCRIPTION."""
    path = f"man/{page}.mdoc"
    if not os.path.exists(path):
        sys.exit(f"kpx: {path} is missing: OUTPUT, EXIT STATUS and what else there is to say of {page}")
    sections, name = {}, "DESCRIPTION"
    for line in open(path, encoding="utf-8"):
        if line.startswith(".\\\""):
            continue
        if line.startswith(".Sh "):
            name = line[4:].strip()
            sections[name] = ""
        else:
            sections[name] = sections.get(name, "") + line
    return sections


def join(first, second, gap=".Pp\n"):
    """Two parts of a section."""
    return first + gap + second if first and second else first + second


def page(name, section, summary, generated):
    """A whole page: the generated sections, each followed by what is written by hand."""
    hand = written(name)
    unknown = (set(hand) | set(generated)) - set(ORDER)
    if unknown:
        sys.exit(f"kpx: man/{name}.mdoc has unknown sections: {', '.join(sorted(unknown))}")
    parts = [
        f'.\\" Written by `make generated`; edit man/{name}.mdoc, or the program.\n'
        f".Dd {DATE}\n.Dt {name.upper()} {section}\n.Os\n.Sh NAME\n.Nm {name}\n.Nd {summary}\n"
    ]
    for title in ORDER:
        body = join(generated.get(title, ""), hand.get(title, "")).removeprefix(".Pp\n")
        if body:
            parts.append(f".Sh {title}\n{body}")
    # Two parts may both bring a paragraph's beginning, and a list brings its own.
    return re.sub(r"\.Pp\n(?=\.(Bd|Bl|It|Pp|Sh) )", "", re.sub(r"(\.Pp\n)+", ".Pp\n", "".join(parts)))


def summary(abstract):
    abstract = abstract.rstrip(".")
    return abstract[0].lower() + abstract[1:]


def command_page(command):
    shared = ""
    if command.shared:
        names = " ,\n".join("." + flag(argument["preferredName"]) for argument in command.shared)
        shared = (
            "The options for the API are those of all commands and are described in\n.Xr kpx 8 :\n" + names + " .\n")
    form = f".Nm kpx\n.Cm {command.name}\n" + "".join(
        synopsis(argument) for argument in command.own if argument["kind"] != "positional")
    if command.shared:
        form += ".Op Ar API-options\n"
    form += "".join(synopsis(argument) for argument in command.own if argument["kind"] == "positional")
    return page(f"kpx-{command.name}", 8, summary(command.abstract), {
        "SYNOPSIS": form,
        "DESCRIPTION": join(text(command.discussion), "".join(f".Cm {name}\nis another name of it.\n" for name in command.aliases)),
        "OPTIONS": join(listing(map(item, command.own)) if command.own else "", shared),
        "EXAMPLES": examples(command.examples),
    })


def program_page(program):
    shared, seen = [], set()
    for command in program.commands:
        for argument in command.shared:
            if argument["valueName"] + argument["preferredName"]["name"] not in seen:
                seen.add(argument["valueName"] + argument["preferredName"]["name"])
                shared.append(argument)
    commands = [f".It Xr kpx-{command.name} 8\n{text(command.abstract)}" for command in program.commands]
    return page("kpx", 8, summary(program.abstract), {
        "SYNOPSIS": ".Nm\n.Ar command\n.Op Ar options\n.Nm\n.Cm help\n.Op Ar command | Cm api\n.Nm\n.Fl -version\n",
        "DESCRIPTION": text(program.discussion),
        "COMMANDS": listing(commands),
        "OPTIONS FOR THE API": listing(map(item, shared)),
        "EXAMPLES": examples(program.examples),
    })


def findings_page(entries):
    def entry(finding):
        told = f".It Sy {finding['id']} Pq {' , '.join(finding['severities'])}\n"
        told += text(finding["meaning"]) + ".Pp\nWhat to do:\n" + text(finding["advice"])
        if "reference" in finding:
            told += f".Pp\n.Lk {finding['reference']}\n"
        return told

    return page("kpx-findings", 7, "what kpx reports, and what to do about it", {
        "FINDINGS": listing(map(entry, entries)),
    })


class Schema:
    """docs/schema as lists of fields."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
        self.definitions = whole["$defs"]
        self.documents = [self.name(part) for part in whole["oneOf"]]

    @staticmethod
    def name(reference):
        return reference["$ref"].rpartition("/")[2]

    def is_object(self, name):
        return "properties" in self.definitions[name]

    def type(self, field):
        """`array of endpoint`, `string or null`, `one of legacy, nft`"""
        if "$ref" in field:
            name = self.name(field)
            return name if self.is_object(name) else self.type(self.definitions[name])
        if "anyOf" in field:
            return " or ".join(self.type(part) for part in field["anyOf"])
        if "const" in field:
            return f"always {field['const']}"
        if "enum" in field:
            return "one of " + ", ".join(str(value) for value in field["enum"])
        if field.get("type") == "array":
            return "array of " + self.type(field["items"])
        kind = field.get("type", "any value")
        return kind if isinstance(kind, str) else " or ".join(kind)

    def description(self, field):
        """What is said of it, or of what it refers to."""
        if "description" in field:
            return field["description"]
        if "$ref" in field:
            return self.definitions[self.name(field)].get("description", "")
        for part in field.get("anyOf", []) + ([field["items"]] if "items" in field else []):
            if self.description(part):
                return self.description(part)
        return ""

    def fields(self, shape, prefix=""):
        """The fields of an object, with those of objects in it that have no name of their own."""
        required = shape.get("required", [])
        for name, field in shape.get("properties", {}).items():
            yield prefix + name, field, name in required
            inner = field["items"] if field.get("type") == "array" else field
            yield from self.fields(inner, f"{prefix}{name}[]." if inner is not field else f"{prefix}{name}.")

    def section(self, name):
        shape = self.definitions[name]

        def entry(field):
            place, told, is_required = field
            kind = self.type(told) + ("" if is_required else ", may be missing")
            said = self.description(told)
            return f".It Va {place} Pq {word(kind)}\n" + (text(said.rstrip(".") + ".") if said else "")

        said = shape.get("description", "")
        return f".Ss {name}\n" + (text(said.rstrip(".") + ".") if said else "") + listing(map(entry, self.fields(shape)))


def json_page(schema):
    others = [name for name in schema.definitions if schema.is_object(name) and name not in schema.documents]
    return page("kpx-json", 7, "the JSON and YAML that kpx prints", {
        "DOCUMENTS": "".join(map(schema.section, schema.documents)),
        "OBJECTS": "".join(map(schema.section, sorted(others))),
    })


def main():
    kpx, catalogue, folder = sys.argv[1:]
    told = json.loads(subprocess.run([kpx, "--experimental-dump-help"], check=True, capture_output=True).stdout)
    program = Command(told["command"])
    entries = json.loads(subprocess.run([catalogue], check=True, capture_output=True).stdout)
    pages = {"kpx.8": program_page(program), "kpx-findings.7": findings_page(entries)}
    pages["kpx-json.7"] = json_page(Schema("docs/schema/kpx-v1.schema.json"))
    for command in program.commands:
        pages[f"kpx-{command.name}.8"] = command_page(command)
    for name, content in pages.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(content)


main()
