#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are JSON documents what their published schemas say?

  tests/check_schema.py FOLDER FILE...   each FILE against FOLDER's schema of the name in it
  tests/check_schema.py --schemas FOLDER are the schemas themselves right, and strict?

Exit 0: yes; 1: no, and why; 77: there is no validator (python3-jsonschema).
"""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("check_schema: python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

NAMES = ("report", "hosts", "diff", "doctor")
# What may have more members than the schema names: the contract lets kinds extend it.
OPEN = {"detail", "figures"}


def load(folder, name):
    with open(f"{folder}/applepath-{name}-1.schema.json", encoding="utf-8") as file:
        return json.load(file)


def loose_objects(schema, path=""):
    """Paths of objects that would let any member pass, or need not have all of theirs."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from loose_objects(part, f"{path}/{index}")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and path.rsplit("/", 1)[-1] not in OPEN:
        if schema.get("additionalProperties") is not False:
            yield path
        if sorted(schema.get("required", [])) != sorted(schema.get("properties", {})):
            yield path
    for key, part in schema.items():
        yield from loose_objects(part, f"{path}/{key}")


def check_schemas(folder):
    schemas = {name: load(folder, name) for name in NAMES}
    good = True
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        for path in loose_objects(schema):
            print(f"{name}: {path} is loose")
            good = False
        # Each is whole by itself; what two of them have is the same in both.
        for part, definition in schema.get("$defs", {}).items():
            if definition != schemas["report"]["$defs"].get(part):
                print(f"{name}: {part} is not that of a report")
                good = False
    return good


def check_files(folder, names):
    validators = {f"applepath-{name}/1": Draft202012Validator(load(folder, name)) for name in NAMES}
    good = True
    for name in names:
        with open(name, encoding="utf-8") as file:
            document = json.load(file)
        validator = validators.get(document.get("schema"))
        if validator is None:
            print(f"{name}: no schema {document.get('schema')!r}")
            good = False
            continue
        for error in list(validator.iter_errors(document))[:3]:
            print(f"{name}: /{'/'.join(str(key) for key in error.absolute_path)}: {error.message[:300]}")
            good = False
    return good


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    if sys.argv[1] == "--schemas":
        sys.exit(0 if check_schemas(sys.argv[2]) else 1)
    sys.exit(0 if check_files(sys.argv[1], sys.argv[2:]) else 1)
