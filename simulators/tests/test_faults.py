"""The fault engine: which request is hit, and what the client sees on a real connection."""

import asyncio
import contextlib
import json
import socket

import httpx
import pytest
import uvicorn

from simulators.entrance import Entrance, Target
from simulators.exchange import Answer
from simulators.faults import EFFECTS, BadFault, Faults
from simulators.request_log import RequestLog
from simulators.serving import config


def hits(rules, *requests):
    faults = Faults()
    faults.load(rules)
    picked = []
    for path, operation, shop in requests:
        fault = faults.pick(path=path, operation=operation, shop=shop)
        picked.append(fault and fault.kind)
    return picked


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("/order/1/orders", "/order/1/orders", "/order/1/orders/search"),
        ("/order/", "/order/1/orders", "/product/1"),
        ("/order/*/search", "/order/1/orders/search", "/order/1/orders"),
        ("orders/search", "/order/1/orders/search", "/order/1/orders"),
    ],
)
def test_a_path_is_exact_a_prefix_a_glob_or_a_part(pattern, fits, fits_not):
    rules = [{"match": {"path": pattern}, "kind": "reset"}]
    assert hits(rules, (fits, None, None), (fits_not, None, None)) == ["reset", None]


def test_every_part_that_is_given_must_match():
    rules = [{"match": {"operation": "orderCreate", "shop": "a"}, "kind": "reset"}]
    requests = (("/", "orderCreate", "a"), ("/", "orderCreate", "b"), ("/", "order", "a"))
    assert hits(rules, *requests) == ["reset", None, None]


def test_after_lets_matching_requests_pass_and_count_ends_the_fault():
    rules = [{"match": {"path": "/a"}, "kind": "html", "after": 1, "count": 2}]
    requests = [("/a", None, None), ("/b", None, None), *[("/a", None, None)] * 4]
    assert hits(rules, *requests) == [None, None, "html", "html", None, None]


def test_the_first_rule_that_would_hit_does_and_every_rule_counts():
    rules = [{"kind": "reset", "count": 1}, {"kind": "html", "after": 2}]
    assert hits(rules, *[("/", None, None)] * 3) == ["reset", None, "html"]


def test_the_dice_are_the_same_after_every_load():
    rules = [{"kind": "reset", "probability": 0.5}]
    first, second = (hits(rules, *[("/", None, None)] * 200) for _ in range(2))
    assert first == second
    assert 70 < first.count("reset") < 130


def test_no_rules_hit_nothing():
    faults = Faults()
    faults.load([])
    assert not faults
    assert faults.pick(path="/", operation=None, shop=None) is None


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ({}, "list"),
        ([1], r"faults\[0\]"),
        ([{"kind": "reset"}, {"kind": "explode"}], r"faults\[1\].kind"),
        ([{"kind": "reset", "odds": 1}], r"faults\[0\].odds"),
        ([{"kind": "reset", "match": {"method": "GET"}}], r"faults\[0\].match"),
        ([{"kind": "reset", "count": "twice"}], r"faults\[0\].count"),
        ([{"kind": "slow", "delay_s": -1}], r"faults\[0\].delay_s"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name_and_changes_nothing(rules, names):
    faults = Faults()
    faults.load([{"kind": "html"}])
    with pytest.raises(BadFault, match=names):
        faults.load(rules)
    assert faults.pick(path="/", operation=None, shop=None).kind == "html"


class Platform:
    """Words faults as plainly as possible."""

    def target(self, scope, body):
        return Target(scope["path"], None, None)

    def refusal(self, fault):
        return Answer.json(fault.status or 503, json.dumps({"code": fault.code}).encode())

    def partial(self, fault, answer):
        return Answer.json(200, b'{"data":null}')


class Server:
    """A real server whose only endpoint counts; `committed` is the truth."""

    def __init__(self):
        self.committed = 0
        self.commit = asyncio.Event()
        self.faults = Faults()
        self.log = RequestLog(lambda: 1.5)

    async def app(self, scope, receive, send):
        assert scope["type"] == "http"
        body = (await receive())["body"]
        self.committed += 1
        self.commit.set()
        answer = json.dumps({"committed": self.committed, "echo": body.decode()}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


@pytest.fixture
async def server():
    """The server behind the entrance, and a client of it."""
    made = Server()
    entrance = Entrance(made.app, faults=made.faults, log=made.log, platform=Platform())
    settings = config(entrance)
    settings.lifespan = "off"
    settings.loop = "none"
    running = uvicorn.Server(settings)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        task = asyncio.create_task(running.serve(sockets=[listener]))
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base_url, timeout=2, trust_env=False) as client:
            made.client = client
            yield made
        running.should_exit = True
        await task


@pytest.mark.parametrize(
    ("kind", "status", "committed"),
    [
        ("status", 503, 0),
        ("throttle", 503, 0),
        ("html", 502, 0),
        ("partial", 200, 1),
        ("slow", 201, 1),
    ],
)
async def test_faults_that_answer(server, kind, status, committed):
    server.faults.load([{"kind": kind, "delay_s": 0, "code": 7}])
    answer = await server.client.post("/do", content=b"x")
    assert answer.status_code == status
    assert server.committed == committed
    assert [one["status"] for one in server.log.shown()] == [status]


@pytest.mark.parametrize(("kind", "committed"), [("reset", 0), ("reset_after_commit", 1)])
async def test_a_reset_is_a_reset_of_the_connection(server, kind, committed):
    server.faults.load([{"kind": kind}])
    with pytest.raises(httpx.ReadError) as caught:
        await server.client.post("/do")
    assert isinstance(caught.value.__cause__.__context__, ConnectionResetError) or "Connect" in str(
        caught.getrepr()
    )
    assert server.committed == committed
    assert [one["status"] for one in server.log.shown()] == [None]


async def test_a_truncated_body_ends_half_way(server):
    server.faults.load([{"kind": "truncated"}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await server.client.post("/do", content=b"x" * 5_000)
    assert server.committed == 1


@pytest.mark.parametrize(
    ("kind", "committed"), [("timeout_before", 0), ("timeout_after_commit", 1)]
)
async def test_a_time_out_answers_nothing(server, kind, committed):
    server.faults.load([{"kind": kind}])
    with pytest.raises(httpx.ReadTimeout):
        await server.client.post("/do", timeout=0.1)
    assert server.committed == committed


async def test_a_time_out_with_a_delay_ends_in_a_reset(server):
    server.faults.load([{"kind": "timeout_before", "delay_s": 0.02}])
    with pytest.raises(httpx.ReadError):
        await server.client.post("/do")
    assert server.committed == 0


async def test_a_late_commit_comes_after_the_client_gave_up(server):
    server.faults.load([{"kind": "late_commit", "delay_s": 0.02}])
    with pytest.raises(httpx.ReadTimeout):
        await server.client.post("/do", timeout=0.05)
    assert server.committed == 0
    async with asyncio.timeout(5):
        await server.commit.wait()
    assert server.committed == 1


async def test_without_a_fault_everything_passes_and_is_noted(server):
    answer = await server.client.post("/do?a=1&b=", content=b"hello")
    assert answer.json() == {"committed": 1, "echo": "hello"}
    (noted,) = server.log.shown()
    assert noted["headers"]["content-length"] == "5"
    del noted["headers"]
    assert noted == {
        "at": 1.5,
        "method": "POST",
        "path": "/do",
        "query": {"a": "1", "b": ""},
        "body": "hello",
        "status": 201,
    }


async def test_the_control_side_is_never_hit_and_never_noted(server):
    server.faults.load([{"kind": "reset"}])
    assert (await server.client.post("/_sim/x")).status_code == 201
    assert server.log.shown() == []


def test_the_log_keeps_only_the_newest_requests():
    log = RequestLog(lambda: 0.0, limit=2)
    for path in "abc":
        scope = {"method": "GET", "path": path, "query_string": b"", "headers": []}
        log.add(scope, b"")
    assert [one["path"] for one in log.shown()] == ["b", "c"]
    log.clear()
    assert log.shown() == []


def test_every_kind_of_the_interface_has_an_effect():
    assert set(EFFECTS) == {
        "status",
        "throttle",
        "timeout_before",
        "timeout_after_commit",
        "late_commit",
        "reset",
        "reset_after_commit",
        "html",
        "truncated",
        "partial",
        "slow",
    }
