"""Whose rows are whose: people and cases are asked for where somebody has decided who may see them."""

from __future__ import annotations

import ast

from django.apps import apps

from tests.architecture.sources import name, python, tree

# Models that hold people, what they said, or what became of it, by the module that owns them.
OWNED = {
    "Case": "cases", "Assignment": "cases", "Passage": "cases", "Record": "vault", "ReadEntry": "vault", "DataKey": "vault",
    "Allowance": "vault", "Purge": "vault",
    "Account": "people", "Post": "people", "EntryCode": "people", "PhoneCode": "people", "Attachment": "files",
    "Notice": "notices", "Refusal": "notices",
}  # fmt: skip
# Of the same modules, what says nothing about anybody.
BOOKS = {"Desk", "Organisation", "ClockRefusal", "NumberBlock", "IndexKey", "ReadPosition"}
# Elsewhere only these, each for what is said beside it. None of them answers somebody who asks for a row by its id.
ELSEWHERE = {
    "linli/apps/privacy/jobs.py Case": "a job, without anybody who looks",
    "linli/kernel/people/queries/accounts.py Record": "an account by its telephone number, through the keyed index",
    "linli/shell/backup/proving.py Case": "a proof of a restored copy, without anybody who looks",
    "linli/shell/backup/proving.py Post": "a proof of a restored copy, without anybody who looks",
    "linli/shell/desk/views/register.py Case": "cut down at once by cases.passed_through(viewer, …)",
    "linli/shell/home/views.py Case": "one's own, by the condition cases.own(viewer)",
    "linli/shell/reactions.py Case": "consumers and jobs, without anybody who looks",
    "linli/shell/search/queries.py Case": "none() for a question without a word",
    "linli/shell/search/services.py Case": "the index, filled by a consumer; read through cases.visible_to",
    "linli/shell/search/services.py Record": "the index, emptied when a text is erased",
    "linli/shell/signin/reach.py Account": "where a notice goes, for the sender",
    "linli/shell/signin/renew.py Account": "the system administrator's command on the machine itself",
    "linli/shell/signin/renew.py Post": "the system administrator's command on the machine itself",
    "linli/shell/signin/sessions.py Account": "who is signed in, from their own session",
}
WITHIN = {"linli/kernel/people/forms.py Account": "the account that a name was typed for, by who may appoint"}


def asks_of_others() -> set[str]:
    """Return where a module asks for another's rows past the queries of their owner."""
    found = set()
    for path in python("linli"):
        where = name(path)
        if where.startswith("linli/demo/"):
            continue  # it lays out a county of made-up people, and runs nowhere else
        for node in ast.walk(tree(path)):
            match node:
                case ast.Attribute(
                    value=ast.Name(id=model), attr="objects" | "_default_manager" | "_base_manager"
                ) if model in OWNED and not where.startswith(f"linli/kernel/{OWNED[model]}/"):
                    found.add(f"{where} {model}")
    return found


DECIDE = {"queries", "services", "memory", "verify", "jobs", "rules", "models", "management"}


def asks_outside_the_deciding_files() -> set[str]:
    """Return where, inside its own module, a view or a form asks for rows by itself."""
    found = set()
    for path in python("linli/kernel"):
        parts = name(path).split("/")
        here = parts[3].removesuffix(".py") if len(parts) > 3 else ""
        for node in ast.walk(tree(path)):
            match node:
                case ast.Attribute(value=ast.Name(id=model), attr="objects") if (
                    OWNED.get(model) == parts[2] and here not in DECIDE
                ):
                    found.add(f"{name(path)} {model}")
    return found


def test_people_and_cases_are_asked_for_through_their_owners_queries(figure):
    asked = asks_of_others()

    assert asked - ELSEWHERE.keys() == set()
    assert ELSEWHERE.keys() - asked == set()
    read = len(python("linli"))
    figure("G8", "rows asked for past their owner, without a reason", target="0", n=read, floor=200, got=0)


def test_inside_a_module_only_queries_and_services_ask_for_them():
    assert asks_outside_the_deciding_files() == WITHIN.keys()


def test_the_models_named_here_are_all_there_are_about_people_and_cases():
    there = {model.__name__ for label in OWNED.values() for model in apps.get_app_config(label).get_models()}

    assert there - OWNED.keys() == BOOKS
    assert OWNED.keys() - there == set()
