"""Ordinary days: what is drawn can happen at once, and covers what IdPs do."""

from service.simulate import cast, changes
from service.simulate.actions import Action, Assign, ChangeMembers, Unassign, Update
from service.simulate.cast import Cast
from service.simulate.identities import Idp, Person


def gather(groups: int = 5) -> Cast:
    return cast.gather(Idp.OKTA, users=100, groups=groups, seed=1, domain="acme.example")


def about(actions: tuple[Action, ...]) -> set[str]:
    people: list[Person] = []
    for action in actions:
        match action:
            case ChangeMembers(_, joined, left):
                people += [*joined, *left]
            case Assign(person) | Unassign(person) | Update(person):
                people.append(person)
            case _:
                message = f"unexpected {action}"
                raise AssertionError(message)
    return {person.external_id for person in people}


def test_the_same_seed_draws_the_same_changes() -> None:
    assert changes.draw(gather(), 20, 3) == changes.draw(gather(), 20, 3)


def test_every_change_is_about_another_person() -> None:
    drawn = [about(actions) for actions in changes.draw(gather(), 50, 3)]
    assert all(len(people) == 1 for people in drawn)
    assert len(set().union(*drawn)) == 50


def test_people_return_leave_join_go_and_marry() -> None:
    kinds = [tuple(type(action) for action in actions) for actions in changes.draw(gather(), 5, 3)]
    assert kinds == [
        (Unassign, Assign),
        (Unassign,),
        (ChangeMembers,),
        (ChangeMembers,),
        (Update,),
    ]


def test_only_members_leave_a_group_and_only_others_join() -> None:
    for actions in changes.draw(gather(), 100, 3):
        for action in actions:
            if isinstance(action, ChangeMembers):
                assert set(action.left) <= set(action.group.members)
                assert set(action.joined).isdisjoint(action.group.members)


def test_without_groups_nobody_moves() -> None:
    drawn = changes.draw(gather(groups=0), 100, 3)
    assert not any(isinstance(action, ChangeMembers) for actions in drawn for action in actions)


def test_no_more_changes_than_people_are_drawn() -> None:
    assert len(changes.draw(gather(), 1000, 3)) == 100
