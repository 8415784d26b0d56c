"""What `linli verify` guards, table by table and column by column, and what it does not, and why.

Every model has an entry here, or `test_tampering` fails. ``open_columns`` are those whose
change is not found; each says why. ``ways`` are the kinds of tampering that are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Model, Q

from linli.kernel.figures.choices import VALUES

ALL = ("edit", "delete", "insert", "swap")
NUMBER = "a row's own number; nothing refers to it"
TXID = "the database's own number of a transaction, without meaning once the row has its position"
SUMS = Q(*(Q((f"{name}__isnull", False)) for name in VALUES), _connector=Q.OR)
PLACES = Q(*(Q((f"sums__{name}__isnull", False)) for name in VALUES), _connector=Q.OR)


@dataclass(frozen=True)
class Sealed:
    """One table that is guarded. ``rows`` are those that hold something to be guarded."""

    by: str
    open_columns: Mapping[str, str] = field(default_factory=dict)
    ways: tuple[str, ...] = ALL
    not_found: str = ""  # why a way that is not among ``ways`` is not found
    rows: Q = field(default_factory=Q)

    @property
    def is_partial(self) -> bool:
        return bool(self.open_columns) or self.ways != ALL


SEALED: dict[str, Sealed] = {
    "journal.Event": Sealed("journal.chain, journal.positions, journal.seals", {"txid": TXID}),
    "journal.Position": Sealed("journal.positions, journal.seals"),
    "journal.Seal": Sealed("journal.seals, journal.roots", {"id": NUMBER}),
    "journal.Sequencer": Sealed(
        "journal.positions",
        {
            "horizon": "how far numbering has looked; numbering itself leaves no row out",
            "cluster": "which PostgreSQL gave the numbers; a restore changes it",
        },
        ("edit", "delete", "swap"),
        "a row for a stream that nobody has says nothing",
    ),
    "vault.ReadEntry": Sealed(
        "vault.reads, journal.positions, journal.seals",
        {"txid": TXID},
        ("edit", "delete", "swap"),
        "what is added at the end is an entry like any other: it is numbered and sealed next",
    ),
    "vault.Allowance": Sealed("journal.chain"),
    "vault.ReadPosition": Sealed("journal.positions, journal.seals"),
    "vault.Purge": Sealed("journal.chain, vault.purges"),
    "vault.Record": Sealed(
        "vault.records, vault.kept",
        {
            "id": NUMBER,
            "person_id": "whose it is; follows the reporter's account and is not part of the value's seal",
            "keep_until": "a date that settling the matter sets anew; what is due is erased, never changed",
            "erased_at": "when it was emptied; an emptied value holds nothing to guard",
            "restricted_at": "since when its person wants it erased; changed, it is told of in the answer to them",
            "restricted_why": "as restricted_at",
            "restricted_for": "as restricted_at",
            "restricted_until": "as restricted_at",
        },
        rows=Q(erased_at=None),
    ),
    "vault.DataKey": Sealed(
        "vault.records",
        {"minted_at": "only says when an unused key may be swept"},
        ("edit", "delete", "swap"),
        "a key that no value hangs on opens nothing",
    ),
    "vault.IndexKey": Sealed(
        "vault.records", {}, ("edit", "delete"), "a second key, of another name, is never used"
    ),
    "cases.Case": Sealed("journal.chain, cases.ground"),
    "cases.Assignment": Sealed(
        "cases.calls, cases.ground",
        {"overdue_at": "the clock's mark, without an event; found where it stands before the call was due"},
    ),
    "files.Attachment": Sealed(
        "files",
        {
            "part": "what a picture shows (before, after); a label in a gallery",
            "ordinal": "the order in a gallery",
            "bytes": "of what was sent, which is no more; its digest is guarded",
            "width": "as bytes",
            "height": "as bytes",
            "kind": "as bytes",
            "same_as": "a second name of the same digest",
            "attempts": "the worker's",
            "lease": "the worker's",
            "leased_until": "the worker's",
            "made_at": "the event has its own time",
            "keep_until": "a date that settling the matter sets anew, as with vault.Record",
            "by_kind": "the event has its own actor",
            "by_id": "the event has its own actor",
        },
    ),
    "people.Post": Sealed("people.posts"),
    "people.Desk": Sealed("people.desks, people.posts"),
    "people.Organisation": Sealed("people.desks, people.posts"),
    "rulebook.RuleSet": Sealed("rulebook.rules"),
    "rulebook.Proposal": Sealed("rulebook.proposals"),
    "rulebook.Decision": Sealed("rulebook.proposals"),
    "places.Place": Sealed(
        "places.register",
        dict.fromkeys(
            ("id", "level", "kind", "name", "official", "initials", "county", "tags", "facts"),
            "the register is public, and is imported again from its published source",
        )
        | {
            "valid_from": "as its name",
            "valid_to": "as its name",
            "merged_into": "as its name",
            "revision": "tells processes what to read anew",
        },
        ("edit",),
        "as its columns: what is guarded is that every path follows from its parent",
    ),
    "figures.Counted": Sealed("figures, figures.sums", {"id": NUMBER}),
    "figures.Standing": Sealed("figures", {"id": NUMBER}),
    "figures.Rollup": Sealed("figures.sums", {"id": NUMBER}, rows=SUMS),
    "figures.Spot": Sealed(
        "figures.sums",
        {},
        ("edit", "delete", "swap"),
        "a place that no sum is kept for says nothing",
        rows=PLACES,
    ),
}

# Tables of which nothing is guarded, and why.
OPEN: dict[str, str] = {
    "cases.ClockRefusal": "how often the clock was refused; worked off and removed",
    "cases.Passage": "follows the journal; can be filled again from it",
    "cases.NumberBlock": "the next free number; a number given twice is refused by the database",
    "figures.Progress": "how far a figure has counted; too little or too much of it is found in what was counted",
    "journal.Cursor": "how far a consumer has read; what it wrote is recounted",
    "journal.Schedule": "when a job is next due",
    "journal.Tick": "how far the clock has come; put forward, the clock is believed as it was without this",
    "journal.Stamp": "moves when something remembered has changed",
    "notices.Refusal": "by which ways somebody does not want to be told; the journal has each change",
    "notices.Notice": "how a message fares on its way; follows the journal, holds no text",
    "people.Account": "gives no right: posts do. Names and passwords change at their owner's hand",
    "people.EntryCode": "one-time codes as digests, used up in days",
    "people.PhoneCode": "one-time codes as digests, used up in minutes",
    "places.Register": "the register's lock",
    "places.Revision": "tells processes what to read anew",
    "places.Code": "as places.Place: public, imported again from its source",
    "places.Alias": "as places.Place",
    "places.Outline": "as places.Place; outlines that overlap are found",
    "places.Zone": "as places.Place",
    "places.ZoneMember": "as places.Place",
    "places.Housing": "as places.Place; two grids for one building at a date are refused by the database",
    "search.Entry": "can be filled again from the cases",
    "auth.Permission": "Django's, unused: there are no permissions but posts",
    "auth.Group": "Django's, unused",
    "auth.Group_permissions": "Django's, unused",
    "contenttypes.ContentType": "Django's list of models",
    "sessions.Session": "a sign-in of hours",
    "account.EmailAddress": "allauth's, unused: nobody signs in by e-mail",
    "account.EmailConfirmation": "allauth's, unused",
    "mfa.Authenticator": "the second factor, encrypted; changes at its owner's hand",
}


def model_of(label: str) -> type[Model]:
    found: type[Model] = apps.get_model(label)
    return found


def guarded_columns(label: str) -> list[str]:
    """Return the fields of a table whose change is found."""
    fields = model_of(label)._meta.concrete_fields
    return [one.name for one in fields if one.name not in SEALED[label].open_columns]
