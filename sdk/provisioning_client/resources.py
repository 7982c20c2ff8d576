"""Every noun of the API, once; each kind of client has them all."""

from provisioning_client.api_keys import ApiKeys
from provisioning_client.attestations import Attestations
from provisioning_client.audit_entries import AuditEntries
from provisioning_client.conflicts import Conflicts
from provisioning_client.connections import Connections
from provisioning_client.directories import Directories
from provisioning_client.directory_groups import DirectoryGroups
from provisioning_client.directory_tokens import DirectoryTokens
from provisioning_client.directory_users import DirectoryUsers
from provisioning_client.discovery import Discovery
from provisioning_client.domains import Domains
from provisioning_client.events import Events
from provisioning_client.held_changes import HeldChanges
from provisioning_client.invitations import Invitations
from provisioning_client.issuers import Issuers
from provisioning_client.join_requests import JoinRequests
from provisioning_client.leaving_policies import LeavingPolicies
from provisioning_client.leaving_steps import LeavingSteps
from provisioning_client.mappings import Mappings
from provisioning_client.memberships import Memberships
from provisioning_client.operations import AnySender, Resource
from provisioning_client.organizations import Organizations
from provisioning_client.permissions import Permissions
from provisioning_client.plans import Plans
from provisioning_client.roles import Roles
from provisioning_client.set_aside_notes import SetAsideNotes
from provisioning_client.sign_ins import SignIns
from provisioning_client.sync_runs import SyncRuns
from provisioning_client.users import Users
from provisioning_client.workspace_members import WorkspaceMembers
from provisioning_client.workspaces import Workspaces


class Resources(Resource[AnySender]):
    """The clients inherit these."""

    def __init__(self, sender: AnySender) -> None:
        super().__init__(sender)
        self.organizations = Organizations(sender)
        self.users = Users(sender)
        self.memberships = Memberships(sender)
        self.attestations = Attestations(sender)
        self.invitations = Invitations(sender)
        self.join_requests = JoinRequests(sender)
        self.roles = Roles(sender)
        self.permissions = Permissions(sender)
        self.workspaces = Workspaces(sender)
        self.workspace_members = WorkspaceMembers(sender)
        self.connections = Connections(sender)
        self.domains = Domains(sender)
        self.directories = Directories(sender)
        self.directory_tokens = DirectoryTokens(sender)
        self.directory_users = DirectoryUsers(sender)
        self.directory_groups = DirectoryGroups(sender)
        self.mappings = Mappings(sender)
        self.sync_runs = SyncRuns(sender)
        self.plans = Plans(sender)
        self.conflicts = Conflicts(sender)
        self.held_changes = HeldChanges(sender)
        self.leaving_policies = LeavingPolicies(sender)
        self.leaving_steps = LeavingSteps(sender)
        self.set_aside_notes = SetAsideNotes(sender)
        self.events = Events(sender)
        self.issuers = Issuers(sender)
        self.sign_ins = SignIns(sender)
        self.discovery = Discovery(sender)
        self.api_keys = ApiKeys(sender)
        self.audit_entries = AuditEntries(sender)
