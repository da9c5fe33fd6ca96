"""What the tests hand in, and where."""

from __future__ import annotations

import json

PLACE = "/api/submissions/"
ENDPOINT = {"release": "demo", "model": "mine", "protocol": "letters"}
HEADER = {"format": "navab-answers-1", "model": "mine", "recorded_at": "2026-01-01T00:00:00+00:00"}


def lines(release, letter="A", header=None, **other):
    rows = [
        {"protocol": "letters", "key": item.key, "order": order, "reply": letter, **other}
        for item in release.items.evaluated().order_by("key")
        for order in ("s_rs", "rs_s")
    ]
    return [{**HEADER, **(header or {})}, *rows]


def handed_in(client, answers, **fields):
    body = {"release": "demo@1.0.0", "model": "mine", "protocol": "letters", "answers": answers, **fields}
    return client.post(PLACE, json.dumps(body), content_type="application/json")


def queued(client, server="http://models.example/v1", **fields):
    body = {**ENDPOINT, "base_url": server, **fields}
    return client.post(PLACE, json.dumps(body), content_type="application/json")
