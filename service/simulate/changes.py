"""Ordinary days at a customer: a seeded mixture of what happens after the first sync."""

import random
from dataclasses import replace

from service.simulate.actions import Action, Assign, ChangeMembers, Unassign, Update
from service.simulate.cast import Cast
from service.simulate.identities import Person


def draw(cast: Cast, count: int, seed: int) -> list[tuple[Action, ...]]:
    """
    At most `count` changes, each about another person: independent of one another, so they can
    happen at once. In turn people leave and return, leave, join a group, leave a group, marry.
    """
    chance = random.Random(seed)  # noqa: S311 - a cast has to be repeatable, not unguessable
    inside = [{person.external_id for person in group.members} for group in cast.groups]

    def change(number: int, person: Person) -> tuple[Action, ...]:
        groups = list(zip(cast.groups, inside, strict=True))
        theirs = [group for group, members in groups if person.external_id in members]
        others = [group for group, members in groups if person.external_id not in members]
        match number % 5:
            case 0:
                return (Unassign(person), Assign(person))
            case 1:
                return (Unassign(person),)
            case 2 if others:
                return (ChangeMembers(chance.choice(others), joined=(person,)),)
            case 3 if theirs:
                return (ChangeMembers(chance.choice(theirs), left=(person,)),)
            case _:
                return (Update(replace(person, family_name=f"{person.family_name}-Smith")),)

    people = chance.sample(cast.people, min(count, len(cast.people)))
    return [change(number, person) for number, person in enumerate(people)]
