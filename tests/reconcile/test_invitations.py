"""An invitation that meets a person whom a directory has brought."""

from provisioning.ids import RoleId
from provisioning.reconcile.actions import AcceptInvitation, CreateMembership, GrantRole
from provisioning.reconcile.facts import OWNER
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ADMIN, ENTRA, GUEST, MEMBER, State


def test_who_is_admitted_accepts_and_gets_the_roles(state: State) -> None:
    state.invites("ada@x.test", ADMIN)
    state.says("ada", "ada@x.test")
    actions = reconcile(state)

    assert state.invitations == {}
    assert state.roles("ada") == {MEMBER, ADMIN}
    order = [CreateMembership, GrantRole, GrantRole, AcceptInvitation]
    assert [type(action) for action in actions[-4:]] == order


def test_the_roles_outlive_the_directorys_word(state: State) -> None:
    state.invites("ada@x.test", ADMIN)
    state.says("ada", "ada@x.test")
    reconcile(state)
    state.changes("ada", deleted=True)
    reconcile(state)

    assert state.status("ada") == "removed"
    assert state.roles("ada") == {ADMIN}


def test_who_may_not_be_here_now_does_not_accept(state: State) -> None:
    state.invites("ada@x.test", ADMIN)
    state.says("ada", "ada@x.test", active=False)
    reconcile(state)
    assert len(state.invitations) == 1

    state.changes("ada", active=True)
    reconcile(state)
    assert state.invitations == {}


def test_who_is_in_conflict_does_not_accept(state: State) -> None:
    state.account("usr_stranger", "ada@x.test")
    state.invites("ada@x.test", ADMIN)
    state.says("ada", "ada@x.test")
    reconcile(state)

    assert len(state.invitations) == len(state.conflicts) == 1


def test_of_two_who_share_the_address_its_holder_accepts(state: State) -> None:
    state.says("ada", "office@x.test")
    state.says("bob", "office@x.test")
    reconcile(state)
    state.invites("office@x.test", ADMIN)
    reconcile(state, "bob", "ada")

    assert state.accounts[state.membership("ada").user_id].email_key == "office@x.test"
    assert ADMIN in state.roles("ada")
    assert ADMIN not in state.roles("bob")


def test_an_address_that_another_directory_of_the_person_says_counts(state: State) -> None:
    state.says("ada", "ada@x.test")
    state.says("ada-too", "ada@x.test", directory=ENTRA)
    reconcile(state)
    state.changes("ada-too", email="second@x.test")
    state.invites("second@x.test", GUEST)
    reconcile(state, "ada-too")

    assert GUEST in state.roles("ada")


def test_whoever_is_invited_as_an_owner_lets_the_last_one_go(state: State) -> None:
    state.says("ann", "ann@x.test", roles=[OWNER])
    reconcile(state)
    state.says("bob", "bob@x.test")
    state.invites("bob@x.test", OWNER)
    state.changes("ann", deleted=True)
    reconcile(state)

    assert state.parked == {}
    assert state.owners == {state.membership("bob").id}


def test_a_role_that_has_gone_is_left_out(state: State) -> None:
    state.invites("ada@x.test", RoleId("role_gone"), GUEST)
    state.says("ada", "ada@x.test")
    reconcile(state)

    assert state.roles("ada") == {MEMBER, GUEST}
