"""The seeded cast: the same company every time, of any size."""

import pytest

from service.simulate import cast
from service.simulate.cast import Cast
from service.simulate.identities import Idp


def gather(idp: Idp = Idp.OKTA, *, users: int = 200, groups: int = 20, seed: int = 7) -> Cast:
    return cast.gather(idp, users=users, groups=groups, seed=seed, domain="acme.example")


def test_the_same_seed_gathers_the_same_people_and_groups() -> None:
    assert gather() == gather()


def test_another_seed_gathers_others() -> None:
    assert gather().people != gather(seed=8).people


def test_nobody_shares_an_address_or_an_external_id() -> None:
    people = gather().people
    assert len({person.user_name for person in people}) == 200
    assert len({person.external_id for person in people}) == 200


def test_names_are_more_than_ascii_and_addresses_are_not() -> None:
    people = gather().people
    assert not all(person.display_name.isascii() for person in people)
    assert all(person.user_name.isascii() for person in people)
    assert all(person.user_name.endswith("@acme.example") for person in people)


def test_a_name_without_a_latin_letter_still_gets_an_address() -> None:
    unwritable = [p for p in gather().people if p.given_name in {"美咲", "민준", "Ελένη"}]
    assert unwritable
    assert all(person.user_name.startswith("x.") for person in unwritable)


def test_more_groups_than_departments_still_have_names_of_their_own() -> None:
    groups = gather(groups=40).groups
    assert len({group.display_name for group in groups}) == 40


def test_every_group_has_members_and_none_of_them_twice() -> None:
    for group in gather().groups:
        assert 0 < len(group.members) <= 80
        assert len(set(group.members)) == len(group.members)


def test_every_team_of_ten_reports_to_its_first() -> None:
    gathered = gather(users=21)
    assert len(gathered.managers) == 18
    assert {manager for _, manager in gathered.managers[:9]} == {gathered.people[0]}
    assert {manager for _, manager in gathered.managers[9:]} == {gathered.people[10]}


def test_okta_names_people_with_00u_and_groups_with_00g() -> None:
    gathered = gather(Idp.OKTA)
    assert all(
        p.external_id.startswith("00u") and len(p.external_id) == 20 for p in gathered.people
    )
    assert all(
        g.external_id.startswith("00g") and len(g.external_id) == 20 for g in gathered.groups
    )


def test_entra_names_both_with_an_object_id() -> None:
    gathered = gather(Idp.ENTRA)
    assert all(len(person.external_id) == 36 for person in gathered.people)
    assert all(len(group.external_id) == 36 for group in gathered.groups)


@pytest.mark.parametrize("groups", [0, 3])
def test_a_company_may_be_empty(groups: int) -> None:
    gathered = gather(users=0, groups=groups)
    assert gathered.people == ()
    assert [group.members for group in gathered.groups] == [()] * groups
