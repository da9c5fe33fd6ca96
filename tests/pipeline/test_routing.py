"""Routing turns a confidence into settled, audited or asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.routing import Route, RoutingPolicy, route

unit = st.floats(0, 1)


@given(confidence=unit, threshold=st.floats(0, 2), draw=st.floats(0, 1, exclude_max=True))
def test_route_asks_exactly_below_the_threshold(confidence: float, threshold: float, draw: float):
    asked = route(confidence, RoutingPolicy(threshold), draw) is Route.ASK
    assert asked == (confidence < threshold)


@given(confidence=unit, draw=st.floats(0, 1, exclude_max=True))
def test_route_never_settles_above_one(confidence: float, draw: float):
    assert route(confidence, RoutingPolicy(threshold=1.1), draw) is Route.ASK


@pytest.mark.parametrize(("draw", "expected"), [(0.04, Route.AUDIT), (0.05, Route.SETTLE)])
def test_route_audits_the_share_asked_for(draw: float, expected: Route):
    assert route(0.9, RoutingPolicy(threshold=0.8, audit_rate=0.05), draw) is expected
