"""``python3 deploy/fill.py values.toml folder [name=value …]``: write the configuration of one machine.

Every file of this folder that holds ``{{names}}`` is copied with the values in their place.
What differs between machines is given after the folder. A name without a value, a value
without a name and a value that could end a quotation are refused. Python 3.11 alone is enough.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
NAME = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
SAFE = re.compile(r"[A-Za-z0-9 ,.:/=%~+_\[\]-]+")
NOT_FILLED = {".py", ".toml", ".md", ".pyc"}


class Refused(Exception):
    """What is given does not fit the files."""


def templates() -> Iterator[Path]:
    """Yield every file that is filled in, its path relative to this folder."""
    for file in sorted(HERE.rglob("*")):
        if file.is_file() and file.suffix not in NOT_FILLED:
            yield file.relative_to(HERE)


def names() -> set[str]:
    """Return every name that some file asks for."""
    return {name for file in templates() for name in NAME.findall((HERE / file).read_text(encoding="utf-8"))}


def check(values: Mapping[str, str]) -> None:
    """Raise :class:`Refused` unless the values are exactly those asked for, and harmless."""
    asked = names()
    wrong = [f"{name} has no value" for name in sorted(asked) if not values.get(name)]
    wrong += [f"{name} is asked for by no file" for name in sorted(set(values) - asked)]
    wrong += [
        f"{name} may hold letters, digits, spaces and ,.:/=%~+_[]- only"
        for name, value in sorted(values.items())
        if value and not SAFE.fullmatch(value)
    ]
    if wrong:
        raise Refused("; ".join(wrong))


def fill(values: Mapping[str, str], folder: Path) -> None:
    """Write every file with the values in place, readable by its owner only: some hold passwords."""
    check(values)
    for file in templates():
        text = (HERE / file).read_text(encoding="utf-8")
        target = folder / file
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text(NAME.sub(lambda found: values[found[1]], text), encoding="utf-8")


def main(file: str, folder: str, *given: str) -> None:
    values = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    values |= dict(word.partition("=")[::2] for word in given)
    fill({name: str(value) for name, value in values.items()}, Path(folder))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refusal:
        sys.exit(f"Nothing is written: {refusal}.")
    except TypeError:
        sys.exit(__doc__)
