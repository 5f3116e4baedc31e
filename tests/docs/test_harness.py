"""The runner of examples would notice a page that is wrong."""

from __future__ import annotations

import pytest

import xerosql
from tests.docs.examples import Page, examples_of, matches

PAGE = """\
```sql
SELECT 1 AS one
```

```text
one
───
  1
```

Words between them: this text belongs to no example.

```python
print(sorted({2, 1}))
```

and so does this

```text
[3]
```

```sql raises=ProgrammingError
SELECT nonsense
```

```toml
nothing = "to run"
```

```console
$ xerosql --version
```
"""


def test_blocks_are_found_with_what_they_show_and_raise() -> None:
    found = [(each.language, each.raises, each.shown is not None, each.line) for each in examples_of(PAGE)]
    assert found == [
        ("sql", None, True, 1),
        ("python", None, False, 13),
        ("sql", "ProgrammingError", False, 23),
        ("console", None, False, 31),
    ]


def test_examples_show_what_they_print() -> None:
    page = Page(xerosql.connect("demo"))
    sql, python, error, console = (page.run(each) for each in examples_of(PAGE))
    assert sql == "one\n───\n  1\n"
    assert python == "[1, 2]\n"
    assert "nonsense" in error
    assert console == f"$ xerosql --version\nxerosql {xerosql.__version__}\n"


def test_an_example_that_does_not_raise_as_it_says_fails() -> None:
    page = Page(xerosql.connect("demo"))
    (example,) = examples_of("```sql raises=DataError\nSELECT 1\n```\n")
    with pytest.raises(pytest.fail.Exception):
        page.run(example)


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert matches("a ... c\n", "a b c\n")
    assert matches("a  \n", "a\n")
    assert not matches("a\n", "b\n")
    assert not matches("a\n", "a\nb\n")
