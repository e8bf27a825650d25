"""The one account."""

from base64 import b64encode

import pytest

from local.warehouse.authentication import check_account
from local.warehouse.clickhouse_errors import ClickHouseError


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ({}, _basic("baton:")),
        ({}, {"X-ClickHouse-User": "baton", "X-ClickHouse-Key": ""}),
        ({"user": "baton"}, {}),
        ({"user": "baton", "password": ""}, {}),
    ],
)
def test_account_is_known_in_three_ways(url: dict[str, str], headers: dict[str, str]) -> None:
    """Basic, ClickHouse's headers and the address all name the account."""
    check_account(url, headers, "baton")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ({}, {}),
        ({}, _basic("baton:x")),
        ({}, _basic("other:")),
        ({"user": "baton"}, _basic("baton:x")),
        ({}, {"Authorization": "Basic ###"}),
        ({}, {"X-ClickHouse-User": "baton", "X-ClickHouse-Key": "x"}),
        ({"user": "baton", "password": "x"}, {}),
        ({"user": "default"}, {}),
    ],
)
def test_other_accounts_are_turned_away(url: dict[str, str], headers: dict[str, str]) -> None:
    """Any other name or password is a 403 with ClickHouse's code."""
    with pytest.raises(ClickHouseError, match="AUTHENTICATION_FAILED") as caught:
        check_account(url, headers, "baton")
    assert (caught.value.code, caught.value.status) == (516, 403)
