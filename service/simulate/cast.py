"""A company of any size out of a seed: the same seed, the same people."""

import random
import unicodedata
from dataclasses import dataclass

from service.simulate import names
from service.simulate.identities import Group, Idp, Person, external_id

_SMALLEST_SHARE, _LARGEST_SHARE = 0.02, 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody and every group of one customer."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...]
    managers: tuple[tuple[Person, Person], ...]
    """(who, whose manager it is): every team of ten reports to its first."""


def gather(idp: Idp, *, users: int, groups: int, seed: int, domain: str) -> Cast:
    """`users` people with addresses at `domain`; groups hold from 2 to 40 percent of them."""
    chance = random.Random(seed)  # noqa: S311 - a cast has to be repeatable, not unguessable
    people = tuple(_person(idp, chance, number, domain) for number in range(1, users + 1))
    return Cast(
        people=people,
        groups=tuple(_group(idp, chance, number, people, domain) for number in range(groups)),
        managers=tuple(
            (person, people[index - index % 10])
            for index, person in enumerate(people)
            if index % 10
        ),
    )


def _person(idp: Idp, chance: random.Random, number: int, domain: str) -> Person:
    given, family = chance.choice(names.GIVEN_NAMES), chance.choice(names.FAMILY_NAMES)
    user_name = f"{_ascii(given)}.{_ascii(family)}.{number}@{domain}"
    return Person(
        external_id=external_id(idp, "user", user_name),
        user_name=user_name,
        given_name=given,
        family_name=family,
        title=chance.choice(names.TITLES),
        department=chance.choice(names.DEPARTMENTS),
    )


def _group(
    idp: Idp, chance: random.Random, number: int, people: tuple[Person, ...], domain: str
) -> Group:
    again, which = divmod(number, len(names.DEPARTMENTS))
    name = names.DEPARTMENTS[which] + (f" {again + 1}" if again else "")
    size = round(len(people) * chance.uniform(_SMALLEST_SHARE, _LARGEST_SHARE))
    members = chance.sample(people, max(size, min(1, len(people))))
    return Group(
        external_id=external_id(idp, "group", f"{name}@{domain}"),
        display_name=name,
        members=tuple(members),
    )


def _ascii(name: str) -> str:
    """What a company's mail administrator makes of a name; `x` where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(sign for sign in plain if sign.isalnum()) or "x"
