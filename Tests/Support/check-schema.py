#!/usr/bin/python3
"""check-schema.py SCHEMA: whether the JSON documents on standard input, with a NUL between two, are as SCHEMA says.

A field that the schema does not name is an error here: it would be promised to nobody. Prints what is wrong, and ends with
1 if anything is. Debian's python3-jsonschema is a package of /usr/bin/python3.
"""
import json
import sys

import jsonschema


def strict(schema):
    """The schema with no other fields than those named."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        result["additionalProperties"] = False
    return result


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    checked = strict(schema)
    failures = 0
    for number, text in enumerate(sys.stdin.buffer.read().split(b"\0")):
        answer = json.loads(text)
        # By its kind: what is wrong with it as one of the others is no news.
        kind = {"$ref": f"#/$defs/{answer['kind']}", "$defs": checked["$defs"]}
        for error in list(jsonschema.Draft202012Validator(kind).iter_errors(answer))[:5]:
            failures += 1
            print(f"answer {number}, {answer['kind']}: {error.json_path}: {error.message[:300]}")
    sys.exit(1 if failures else 0)


main()
