"""docs/asvs.csv, read; docs/asvs.md, made from it: ``python -m tests.architecture.asvs`` writes the page.

The numbers and levels are those of OWASP's Application Security Verification Standard 5.0.0; the words are ours.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

from tests.architecture.sources import ROOT

TABLE, PAGE = ROOT / "docs" / "asvs.csv", ROOT / "docs" / "asvs.md"
STANDINGS = ("held", "partly", "not held", "does not apply")
CLAIMED = 2  # the level that is looked at line by line on the page
# Lines of level 1, of level 2 and of level 3 in each chapter of the standard.
CHAPTERS = {
    1: ("Encoding and sanitising", 8, 19, 3),
    2: ("Validation and business logic", 4, 7, 2),
    3: ("Web frontend", 8, 11, 12),
    4: ("API and web service", 2, 8, 6),
    5: ("Files", 4, 5, 4),
    6: ("Authentication", 13, 22, 12),
    7: ("Sessions", 6, 12, 1),
    8: ("Authorisation", 4, 3, 6),
    9: ("Self-contained tokens", 4, 3, 0),
    10: ("OAuth and OIDC", 5, 24, 7),
    11: ("Cryptography", 3, 11, 10),
    12: ("Secure communication", 3, 6, 3),
    13: ("Configuration", 1, 12, 8),
    14: ("Data protection", 2, 7, 4),
    15: ("Secure coding", 3, 10, 8),
    16: ("Logging and errors", 0, 16, 1),
    17: ("WebRTC", 0, 7, 5),
}
HEAD = """# How Linli stands to OWASP ASVS 5.0

Made from [asvs.csv](asvs.csv) by `python -m tests.architecture.asvs`; `tests/architecture/test_asvs.py` holds both together. Numbers and levels are those of the [Application Security Verification Standard 5.0.0](https://github.com/OWASP/ASVS/tree/master/5.0); each line is said in our own words. All its lines are there: {low} of level 1, {middle} of level 2 and {high} of level 3, which Linli does not claim to reach. *Held* names the tests that show it; everything else says why, also where a test shows a part; for level 3 that stands in the table alone. This is our own look at ourselves: nobody from outside has verified it.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the standard: ``where`` are the tests that show it, ``why`` is what must be said besides."""

    id: str
    level: int
    what: str
    standing: str
    where: tuple[str, ...]
    why: str

    @property
    def number(self) -> tuple[int, int, int]:
        chapter, section, line = (int(part) for part in self.id.removeprefix("V").split("."))
        return chapter, section, line


def lines() -> list[Line]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Line(
                row["id"],
                int(row["level"]),
                row["what"],
                row["standing"],
                tuple(row["where"].split()),
                row["why"],
            )
            for row in csv.DictReader(file)
        ]


def page(table: list[Line]) -> str:
    """Return docs/asvs.md: how many lines of each chapter stand how, and what of levels 1 and 2 is not held whole."""
    levels = Counter(line.level for line in table)
    said = [HEAD.format(low=levels[1], middle=levels[2], high=levels[3])]
    said += [f"| Chapter | {' | '.join(STANDINGS)} | lines |", "|---|---|---|---|---|---|"]
    for chapter, (name, *_counts) in CHAPTERS.items():
        said.append(_row(f"V{chapter} {name}", [line for line in table if line.number[0] == chapter]))
    for level in sorted(levels):
        said.append(_row(f"**Level {level}**", [line for line in table if line.level == level]))
    said.append(_row("**All**", table))
    for standing in ("not held", "partly"):
        of_it = [line for line in table if line.standing == standing and line.level <= CLAIMED]
        said += ["", f"## {standing.capitalize()}, of levels 1 and 2: {len(of_it)}", ""]
        said += [f"- **{line.id}** (level {line.level}) {line.what}. {line.why}" for line in of_it]
    return "\n".join(said) + "\n"


def _row(name: str, table: list[Line]) -> str:
    counts = Counter(line.standing for line in table)
    return f"| {name} | {' | '.join(str(counts[standing]) for standing in STANDINGS)} | {len(table)} |"


if __name__ == "__main__":
    PAGE.write_text(page(lines()), encoding="utf-8")
