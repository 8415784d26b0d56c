"""What is known of people: posts in force, desks, roles, and who is looking."""

from __future__ import annotations

from linli.kernel.people.queries.desks import DeskRef, Desks, desks
from linli.kernel.people.queries.posts import PostRef, holders, in_force, posts_of, shanghai_day

__all__ = [
    "DeskRef",
    "Desks",
    "PostRef",
    "desks",
    "holders",
    "in_force",
    "posts_of",
    "shanghai_day",
]
