"""Checks the JSON schema of scenarios with Python's jsonschema and tomllib: it accepts every scenario of the folder and the
example of its README, and refuses each of a list of mistakes at the place where it is.

    check_schema.py FOLDER
"""

import copy
import json
import pathlib
import sys
import tomllib

import jsonschema

# A change to the README's example, and where the schema must object to it.
MISTAKES = [
    ("an unknown key", lambda s: s.update(nmae="x"), []),
    ("an unknown key of a fault", lambda s: s["fault"][0].update(sight="mg.right"), ["fault", 0]),
    ("an unknown key of the rider", lambda s: s["rider"].update(corelation=1), ["rider"]),
    ("an unknown kind of fault", lambda s: s["fault"][0].update(kind="whole"), ["fault", 0, "kind"]),
    ("an unknown kind of load", lambda s: s["load"][0].update(kind="stedy"), ["load", 0, "kind"]),
    ("an unknown pattern", lambda s: s["expect"][0].update(alert="sore"), ["expect", 0, "alert"]),
    ("an unknown event", lambda s: s["expect"][0].update(event="lunch"), ["expect", 0, "event"]),
    ("an unknown cue", lambda s: s["expect"][0].update(cue="applause"), ["expect", 0, "cue"]),
    ("no muscle", lambda s: s["sensor"][0].update(site="calf.right"), ["sensor", 0, "site"]),
    ("no time", lambda s: s["lap"][0].update(at="10 mins"), ["lap", 0, "at"]),
    ("a number for a time", lambda s: s["lap"][0].update(at=600), ["lap", 0, "at"]),
    ("a text for a number", lambda s: s["load"][0].update(power_w="220"), ["load", 0, "power_w"]),
    ("another version", lambda s: s.update(version=2), ["version"]),
    ("no name", lambda s: s.pop("name"), []),
    ("no time of a press", lambda s: s["press"][0].pop("at"), ["press", 0]),
]


def objections(validator, scenario):
    """Where it objects, and to what. An `anyOf` with null objects at the same place as what it is about."""
    return [(list(error.absolute_path), error.message) for error in validator.iter_errors(scenario)]


def main(folder):
    schema = json.loads((folder / "scenario.schema.json").read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    example = (folder / "README.md").read_text().split("```toml\n")[1].split("```")[0]
    scenarios = {path.name: path.read_text() for path in sorted(folder.glob("*.toml"))} | {"README.md": example}
    failed = 0
    for name, text in scenarios.items():
        for path, message in objections(validator, tomllib.loads(text)):
            failed += 1
            print(f"{name}: at {path}: {message[:200]}")
    right = tomllib.loads(example)
    for name, change, place in MISTAKES:
        wrong = copy.deepcopy(right)
        change(wrong)
        places = [path for path, _ in objections(validator, wrong)]
        if places != [place]:
            failed += 1
            print(f"{name}: objected to at {places}, not at {place}")
    print(f"{len(scenarios)} scenarios accepted, {len(MISTAKES)} mistakes refused" if not failed else f"{failed} failed")
    return 1 if failed or len(scenarios) < 8 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
