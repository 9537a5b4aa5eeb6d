"""Every table, gathered for the migrations."""

from server.accounts.models import Account, Login
from server.areas.models import Area, Station
from server.bus.models import PublishedState
from server.clusters.models import Cluster, ClusterState, Credential, EnrolmentCode
from server.db.base import Base
from server.journal.models import AsRunRow, ReceiverEvent
from server.programmes.models import Item, ItemVersion
from server.schedule.models import Slot

__all__ = [
    "Account",
    "Area",
    "AsRunRow",
    "Base",
    "Cluster",
    "ClusterState",
    "Credential",
    "EnrolmentCode",
    "Item",
    "ItemVersion",
    "Login",
    "PublishedState",
    "ReceiverEvent",
    "Slot",
    "Station",
]
