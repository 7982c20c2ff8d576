"""An organization of one's own at sign-up (S2), and how many a person may be in (S29)."""

import pytest
from sqlalchemy import Engine

from provisioning import organizations, sign_ins
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.ids import OrganizationId
from provisioning.proofs import Proof
from provisioning.sign_ins import PersonalOrganization, SignedIn, SignInRules
from provisioning.store import belongings, issuers
from provisioning.store.engine import reading, transaction
from tests.signing_in import invite

EMAIL = "ada.lovelace@acme.test"


def sign_in(
    engine: Engine,
    rules: SignInRules,
    *,
    speaks_for: OrganizationId | None = None,
    verified: bool = True,
    email: str | None = EMAIL,
    name: str | None = None,
    wanted: OrganizationId | None = None,
) -> SignedIn:
    moment = now()
    with transaction(engine) as connection:
        proof = Proof(
            issuer_id=issuers.of_backend(connection, speaks_for, None, moment),
            subject="ada",
            organization_id=speaks_for,
            email=email,
            email_verified=verified,
            name=name,
        )
        by = Acting(actor="test", now=moment)
        return sign_ins.sign_in(connection, proof, by, rules, organization_id=wanted)


def of(policy: PersonalOrganization) -> SignInRules:
    return SignInRules(personal_organization=policy)


@pytest.fixture
def inviting(engine: Engine) -> OrganizationId:
    with transaction(engine) as connection:
        organization = organizations.create(connection, "Acme", now(), actor="test")
        invite(connection, organization.id, EMAIL, "member")
    return organization.id


@pytest.mark.parametrize(
    ("policy", "invited", "alone"),
    [
        ("off", ["Acme"], []),
        ("when_none_fits", ["Acme"], ["Ada"]),
        ("always", ["Acme", "Ada"], ["Ada"]),
    ],
)
def test_the_setting_says_who_gets_one(
    engine: Engine,
    inviting: OrganizationId,
    policy: PersonalOrganization,
    invited: list[str],
    alone: list[str],
) -> None:
    verified = sign_in(engine, of(policy), name="Ada")
    assert sorted(one.display_name for one in verified.organizations) == invited

    with transaction(engine) as connection:
        proof = Proof(
            issuer_id=issuers.of_backend(connection, None, None, now()), subject="b", name="Ada"
        )
        by = Acting(actor="test", now=now())
        other = sign_ins.sign_in(connection, proof, by, of(policy))
    assert [one.display_name for one in other.organizations] == alone


def test_it_is_made_once_and_its_maker_is_its_owner(engine: Engine) -> None:
    first = sign_in(engine, of("always"), name="Ada")
    again = sign_in(engine, of("always"), name="Ada")

    assert first.roles == again.roles == ("owner",)
    assert first.permissions == ("*:*",)
    assert len(again.organizations) == 1


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("Ada L.", EMAIL, ("Ada L.", "ada-l")),
        (None, EMAIL, ("ada.lovelace", "ada-lovelace")),
        (None, None, ("Personal", "personal")),
    ],
)
def test_it_is_named_after_the_person(
    engine: Engine, name: str | None, email: str | None, expected: tuple[str, str]
) -> None:
    found = sign_in(engine, of("always"), name=name, email=email)

    assert found.belonging is not None
    assert (found.belonging.display_name, found.belonging.name) == expected


def test_an_organizations_own_issuer_makes_none(engine: Engine, inviting: OrganizationId) -> None:
    found = sign_in(engine, of("always"), speaks_for=inviting, name="Ada")

    assert [one.display_name for one in found.organizations] == ["Acme"]
    with reading(engine) as connection:
        everywhere = belongings.of_user(connection, found.account.id)
    assert [one.organization_id for one in everywhere] == [inviting]


def test_a_person_is_in_no_more_organizations_than_may_be(
    engine: Engine, inviting: OrganizationId
) -> None:
    with transaction(engine) as connection:
        second = organizations.create(connection, "Second", now(), actor="test").id
        invite(connection, second, EMAIL, "member")
    one = SignInRules(personal_organization="always", max_organizations=1)

    found = sign_in(engine, one)

    with pytest.raises(Refused, match="1 organizations"):
        sign_in(engine, one, wanted=second)
    assert [each.display_name for each in found.organizations] == ["Acme"]
