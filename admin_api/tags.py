"""How the OpenAPI document groups operations; each has one of these."""

TAGS = (
    {"name": "Organizations", "description": "Tenants, and what holds for everybody in one."},
    {"name": "Users", "description": "People's accounts, whatever organizations they belong to."},
    {"name": "Memberships", "description": "Who belongs to an organization, and with which roles."},
    {"name": "Invitations", "description": "Of e-mail addresses, until somebody accepts."},
    {"name": "Join requests", "description": "Of people who signed in, and wait for approval."},
    {"name": "Workspaces", "description": "Parts of an organization, with members of their own."},
    {"name": "Authorization", "description": "Roles, permissions, and who may do what, and why."},
    {
        "name": "SCIM",
        "description": "Identity providers' directories, what they hold, and which group is which "
        "role. The SCIM 2.0 endpoint itself is at `/scim/v2/{directory_id}`, and described there "
        "by `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`.",
    },
    {"name": "Sign-in", "description": "Connections, issuers of ID tokens, sign-ins, discovery."},
    {"name": "Events", "description": "What happened in an organization, in order, without gaps."},
    {"name": "API keys", "description": "Who may ask this API, and for what."},
    {"name": "Audit trail", "description": "Who has changed what by this API, from where."},
)
