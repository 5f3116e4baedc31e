"""What fails in the invariants is shown as in a test."""

import pytest

pytest.register_assert_rewrite("tests.chaos.invariants")
