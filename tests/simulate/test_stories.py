"""The two named customers: their stories hang together."""

import pytest

from service.simulate import stories
from service.simulate.actions import Assign, DeleteGroup, Purge, PushGroup
from service.simulate.stories import Story

BOTH = pytest.mark.parametrize(
    "story", [stories.acme(), stories.borealis()], ids=["acme", "borealis"]
)


@BOTH
def test_everybody_in_a_pushed_group_was_assigned_before(story: Story) -> None:
    assigned: set[str] = set()
    for step in story.steps:
        for action in step.actions:
            if isinstance(action, Assign):
                assigned.add(action.person.external_id)
            if isinstance(action, PushGroup):
                assert {member.external_id for member in action.group.members} <= assigned


@BOTH
def test_the_groups_to_map_are_the_groups_that_are_pushed(story: Story) -> None:
    pushed = [
        action.group.display_name
        for step in story.steps
        for action in step.actions
        if isinstance(action, PushGroup)
    ]
    assert list(story.groups) == pushed


@BOTH
def test_every_address_belongs_to_the_customer_s_domain(story: Story) -> None:
    people = [a.person for step in story.steps for a in step.actions if isinstance(a, Assign)]
    assert people
    assert all(person.user_name.endswith(f"@{story.domain}") for person in people)


def test_a_story_is_the_same_every_time() -> None:
    assert stories.acme() == stories.acme()


def test_only_entra_purges_and_deletes() -> None:
    last_words = [type(a) for step in stories.acme().steps for a in step.actions]
    assert not {Purge, DeleteGroup} & set(last_words)
