import json

import pytest

from xerosql.api.request import Response
from xerosql.api.tenants import Connection, connections_of, find, the_only_one
from xerosql.errors import AuthenticationError, InternalError

DEMO = Connection("c1", "t-1", "Demo Company (NZ)", "ORGANISATION")
TWIN = Connection("c2", "t-2", "Twin", "ORGANISATION")
OTHER_TWIN = Connection("c3", "t-3", "twin", "ORGANISATION")
PRACTICE = Connection("c4", "t-4", "Books & Co", "PRACTICE")
ALL = (DEMO, TWIN, OTHER_TWIN, PRACTICE)


@pytest.mark.parametrize("wanted", ["t-1", "T-1", "Demo Company (NZ)", "demo company (nz)", "  Demo Company (NZ) "])
def test_an_organisation_is_found_by_id_and_by_name_in_any_case(wanted: str) -> None:
    """Surrounding blanks do not matter."""
    assert find(ALL, wanted) == DEMO


def test_an_unknown_organisation_is_an_error_that_lists_those_connected() -> None:
    """So that a typing error is seen at once."""
    with pytest.raises(
        AuthenticationError, match=r"'Demmo' is not connected. Connected: Demo Company \(NZ\) \(t-1\), Twin"
    ):
        find(ALL, "Demmo")
    with pytest.raises(AuthenticationError, match="No organisation is connected"):
        find((), "Demmo")


def test_two_organisations_of_one_name_need_the_id() -> None:
    """Writing into the wrong books is worse than an error."""
    with pytest.raises(AuthenticationError, match=r"several organisations; give the id.*t-2.*t-3"):
        find(ALL, "TWIN")
    assert find(ALL, "t-3") == OTHER_TWIN


def test_the_only_organisation_needs_no_name() -> None:
    """An adviser's practice is not one."""
    assert the_only_one((DEMO, PRACTICE)) == DEMO


def test_several_organisations_need_a_name() -> None:
    """There is no first one: which it is changes."""
    with pytest.raises(AuthenticationError, match=r"several.*tenant=.*Demo Company \(NZ\) \(t-1\), Twin \(t-2\)"):
        the_only_one((DEMO, TWIN))


def test_no_organisation_at_all_says_to_sign_in_again() -> None:
    """The user left the boxes empty."""
    with pytest.raises(AuthenticationError, match="no organisation is connected"):
        the_only_one(())


def test_connections_are_read_from_xeros_answer() -> None:
    """A custom connection's entry may lack the name."""
    entries = [{"id": "c1", "tenantId": "t-1", "tenantName": None}, {"tenantId": "t-4", "tenantType": "PRACTICE"}]
    read = connections_of(Response(200, body=json.dumps(entries).encode()))
    assert read == (Connection("c1", "t-1", "", "ORGANISATION"), Connection("", "t-4", "", "PRACTICE"))


@pytest.mark.parametrize("body", [b"", b"{}x", b"[1]", b'[{"id": "x"}]', b"5"])
def test_an_unreadable_list_of_connections_is_an_internal_error(body: bytes) -> None:
    """Xero has changed, or something stands between."""
    with pytest.raises(InternalError, match="could not be read"):
        connections_of(Response(200, body=body))
