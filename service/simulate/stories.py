"""Two small customers with names, for people to watch: who they are, and what happens to them."""

from dataclasses import dataclass, replace

from service.simulate.actions import (
    Action,
    Assign,
    ChangeMembers,
    DeleteGroup,
    Purge,
    PushGroup,
    RenameGroup,
    ReportTo,
    Unassign,
    Update,
)
from service.simulate.identities import Group, Idp, Person, external_id


@dataclass(frozen=True, slots=True)
class Step:
    """Something one would tell a colleague, and the actions it consists of."""

    told: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A customer and a few weeks of its life."""

    idp: Idp
    organization: str
    domain: str
    groups: tuple[str, ...]
    """Display names, as an administrator would map them to roles before the first step."""
    steps: tuple[Step, ...]


def _person(
    idp: Idp, domain: str, given: str, family: str, local: str, title: str, department: str
) -> Person:
    return Person(
        external_id=external_id(idp, "user", f"{local}@{domain}"),
        user_name=f"{local}@{domain}",
        given_name=given,
        family_name=family,
        title=title,
        department=department,
    )


def _group(idp: Idp, domain: str, name: str, *members: Person) -> Group:
    key = external_id(idp, "group", f"{name}@{domain}")
    return Group(external_id=key, display_name=name, members=members)


def acme() -> Story:
    """Okta: a promotion, a renamed group, the end of a contract, a return."""
    idp, domain = Idp.OKTA, "acme-field.example"
    ines = _person(idp, domain, "Inês", "Carvalho", "ines.carvalho", "Head of Platform", "IT")
    omar = _person(idp, domain, "Omar", "Haddad", "omar.haddad", "Engineer", "Engineering")
    liv = _person(idp, domain, "Liv", "Sandvik", "liv.sandvik", "Engineer", "Engineering")
    priya = _person(idp, domain, "Priya", "Raman", "priya.raman", "Engineer", "Engineering")
    jose = _person(idp, domain, "José", "Peña", "jose.pena", "Contractor", "Field")
    zoe = _person(idp, domain, "Zoë", "Okafor", "zoe.okafor", "Contractor", "Field")
    admins = _group(idp, domain, "Platform Admins", ines)
    engineering = _group(idp, domain, "Engineering", omar, liv, priya)
    contractors = _group(idp, domain, "Contractors", jose, zoe)
    groups = (admins, engineering, contractors)
    return Story(
        idp=idp,
        organization="Acme Field Services",
        domain=domain,
        groups=tuple(group.display_name for group in groups),
        steps=(
            Step(
                "Okta assigns the app to six people",
                tuple(Assign(person) for person in (ines, omar, liv, priya, jose, zoe)),
            ),
            Step("Okta pushes three groups", tuple(PushGroup(group) for group in groups)),
            Step(
                "Priya Raman is promoted and joins Platform Admins",
                (
                    Update(replace(priya, title="Platform Engineer")),
                    ChangeMembers(admins, joined=(priya,)),
                ),
            ),
            Step(
                "Engineering is renamed Product Engineering; nobody's role changes",
                (RenameGroup(replace(engineering, display_name="Product Engineering")),),
            ),
            Step("José Peña's contract ends", (Unassign(jose),)),
            Step("Liv Sandvik goes on leave", (Unassign(liv),)),
            Step("Liv Sandvik returns, as the person she was", (Assign(liv),)),
        ),
    )


def borealis() -> Story:
    """Entra: a marriage, a move between groups, a deleted group, a leaver who is hired again."""
    idp, domain = Idp.ENTRA, "borealis-logistics.example"
    greta = _person(idp, domain, "Greta", "Åkesson", "greta.akesson", "VP Operations", "Operations")
    mona = _person(idp, domain, "Mona", "Lind", "mona.lind", "Payroll lead", "Payroll")
    tariq = _person(idp, domain, "Tariq", "Aziz", "tariq.aziz", "Analyst", "Payroll")
    yuki = _person(idp, domain, "Yuki", "Mori", "yuki.mori", "Accountant", "Payroll")
    bjorn = _person(idp, domain, "Björn", "Weiß", "bjorn.weiss", "Architect", "IT")
    married = replace(mona, family_name="Lind-Berg", user_name=f"mona.lind-berg@{domain}")
    admins = _group(idp, domain, "Cloud Admins", bjorn)
    payroll = _group(idp, domain, "Payroll", mona, tariq, yuki)
    aurora = _group(idp, domain, "Project Aurora", greta, yuki)
    groups = (admins, payroll, aurora)
    return Story(
        idp=idp,
        organization="Borealis Logistics",
        domain=domain,
        groups=tuple(group.display_name for group in groups),
        steps=(
            Step(
                "Entra's first cycle brings five people and who reports to whom",
                (
                    *(Assign(person) for person in (greta, mona, tariq, yuki, bjorn)),
                    *(ReportTo(person, greta) for person in (mona, bjorn)),
                    *(ReportTo(person, mona) for person in (tariq, yuki)),
                ),
            ),
            Step("Entra brings three groups", tuple(PushGroup(group) for group in groups)),
            Step("Mona Lind marries: another name, another address", (Update(married),)),
            Step(
                "Tariq Aziz moves from Payroll to Cloud Admins",
                (
                    ChangeMembers(payroll, left=(tariq,)),
                    ChangeMembers(admins, joined=(tariq,)),
                ),
            ),
            Step("Project Aurora ends and its group is deleted", (DeleteGroup(aurora),)),
            Step("Yuki Mori leaves", (Unassign(yuki),)),
            Step("Thirty days later Entra deletes the account for good", (Purge(yuki),)),
            Step(
                "Yuki Mori is hired again, and is in Payroll as before",
                (Assign(yuki), ChangeMembers(payroll, joined=(yuki,))),
            ),
        ),
    )
