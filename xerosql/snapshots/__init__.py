"""What has been fetched lately, for statements that may be answered from it.

A snapshot is one whole list, or one object, as Xero sent it: bytes of JSON, with the moment before they were asked for.
Nothing smaller is kept, so an answer is never put together of parts that another question had left out; and what was
asked with other ids, filters or page sizes, of another organisation or with another sign-in is another snapshot.
"""

from xerosql.snapshots.listing import NOTHING, Usable
from xerosql.snapshots.moment import Moment
from xerosql.snapshots.shared import Snapshots, Source, realm_of, snapshots_for
from xerosql.snapshots.snapshot import Key, Snapshot, done

__all__ = [
    "NOTHING",
    "Key",
    "Moment",
    "Snapshot",
    "Snapshots",
    "Source",
    "Usable",
    "done",
    "realm_of",
    "snapshots_for",
]
