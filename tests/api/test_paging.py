import pytest

from xerosql.api.paging import MAX_PAGES, next_page, pages_after
from xerosql.errors import InternalError


@pytest.mark.parametrize(
    ("page", "count", "expected"), [(1, 3, 2), (2, 3, 3), (3, 3, None), (1, 0, None), (4, 3, None), (1, -1, None)]
)
def test_paging_stops_at_the_page_count(page: int, count: int, expected: int | None) -> None:
    """Also when the list shrank meanwhile, and when it is empty."""
    assert next_page(page, count) == expected
    assert list(pages_after(page, count))[:1] == ([expected] if expected else [])


def test_an_absurd_page_count_is_an_error_and_not_a_day_of_calls() -> None:
    """A broken answer must not use up the quota."""
    with pytest.raises(InternalError, match="claims"):
        next_page(1, MAX_PAGES + 1)
    with pytest.raises(InternalError, match="claims"):
        pages_after(1, MAX_PAGES + 1)
