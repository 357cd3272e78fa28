"""T4: a request signed for another time, day, region or service is played here.

AWS allows a replay inside its window of fifteen minutes, and so does Firn.
"""

import datetime

import pytest

from raw_aws import CALLS, call, exchange, now


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("minutes,fine", [(-14, True), (14, True), (-16, False), (16, False), (-60 * 24, False), (60 * 24 * 365, False)])
def test_skew_of_the_header_form(server, service, minutes, fine):
    request = call(service, when=now() + datetime.timedelta(minutes=minutes))
    status, answer = exchange(server, request.to_bytes(server))
    assert status == (200 if fine else 403), answer
    if not fine:
        assert "too large" in answer and answer.count("server time") == 1


@pytest.mark.parametrize("seconds,expires,fine", [(0, "1", True), (-100, "300", True), (-400, "300", False), (-2, "1", False), (-604_000, "604800", True),
                                                  (1000, "300", False), (-604_900, "604800", False)])
def test_expiry_of_the_query_form(server, seconds, expires, fine):
    request = call("s3", when=now() + datetime.timedelta(seconds=seconds), expires=expires)
    status, answer = exchange(server, request.to_bytes(server, "query"))
    assert status == (200 if fine else 403), answer


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "", "1e3", "0x10", " 5", "5 ", "+5", "99999999999999999999", "٣", "1.5"])
def test_bounds_of_expires(server, expires):
    status, answer = exchange(server, call("s3", expires=expires).to_bytes(server, "query"))
    assert status == 400 and "AuthorizationQueryParametersError" in answer, answer


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("form", ["header", "query"])
def test_the_scope_names_this_day_region_and_service(server, service, form):
    yesterday = (now() - datetime.timedelta(days=1)).strftime("%Y%m%d")
    for change in ({"scope_date": yesterday}, {"scope_date": "00000000"}, {"region": "mars-north-1"}, {"region": ""},
                   {"service": "ec2"}, {"service": "S3"}, {"service": ""}):
        status, answer = exchange(server, call(service, **change).to_bytes(server, form))
        assert status in (400, 403), (change, answer)
    for other in ("s3tables", "iam", "sts"):
        if other != service and service in ("glue", "lakeformation"):
            status, _ = exchange(server, call(service, service=other).to_bytes(server, form))
            assert status >= 400, other


@pytest.mark.parametrize("stamp", ["20260230T000000Z", "20261124T250000Z", "2026-11-24T00:00:00Z", "", "20261124T000000", "99999999T999999Z", "20261124t000000z"])
def test_what_is_no_date(server, stamp):
    data = CALLS["s3tables"].to_bytes(server)
    line = next(one for one in data.split(b"\r\n") if one.startswith(b"X-Amz-Date"))
    status, answer = exchange(server, data.replace(line, b"X-Amz-Date: " + stamp.encode()))
    assert status in (400, 403), answer
