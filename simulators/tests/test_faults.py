"""The fault engine: which request is hit, and what the client sees on a real connection."""

import asyncio
import json
import socket
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from simulators.entrance import Entrance, Target
from simulators.exchange import Answer
from simulators.fault_rules import BadFault, Fault, Faults
from simulators.faults import EFFECTS, Effect
from simulators.request_log import RequestLog
from simulators.serving import ReachableTransport, config, serve

NO = "user_errors"


def hits(rules: Any, *requests: Any) -> Any:
    faults = Faults(EFFECTS)
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
def test_a_path_is_exact_a_prefix_a_glob_or_a_part(pattern: str, fits: str, fits_not: str) -> None:
    rules = [{"match": {"path": pattern}, "kind": "reset"}]
    assert hits(rules, (fits, None, None), (fits_not, None, None)) == ["reset", None]


def test_every_part_that_is_given_must_match() -> None:
    rules = [{"match": {"operation": "orderCreate", "shop": "a"}, "kind": "reset"}]
    requests = (("/", "orderCreate", "a"), ("/", "orderCreate", "b"), ("/", "order", "a"))
    assert hits(rules, *requests) == ["reset", None, None]


def test_after_lets_matching_requests_pass_and_count_ends_the_fault() -> None:
    rules = [{"match": {"path": "/a"}, "kind": "html", "after": 1, "count": 2}]
    requests = [("/a", None, None), ("/b", None, None), *[("/a", None, None)] * 4]
    assert hits(rules, *requests) == [None, None, "html", "html", None, None]


def test_the_first_rule_that_would_hit_does_and_every_rule_counts() -> None:
    rules = [{"kind": "reset", "count": 1}, {"kind": "html", "after": 2}]
    assert hits(rules, *[("/", None, None)] * 3) == ["reset", None, "html"]


def test_the_dice_are_the_same_after_every_load() -> None:
    rules = [{"kind": "reset", "probability": 0.5}]
    first, second = (hits(rules, *[("/", None, None)] * 200) for _ in range(2))
    assert first == second
    assert 70 < first.count("reset") < 130


def test_no_rules_hit_nothing() -> None:
    faults = Faults(EFFECTS)
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
        ([{"kind": "reset", "errors": [{"message": "No"}]}], r"faults\[0\].errors: only"),
        ([{"kind": NO}], r"faults\[0\].errors: a list"),
        ([{"kind": NO, "errors": []}], r"faults\[0\].errors: a list"),
        ([{"kind": NO, "errors": ["No"]}], r"faults\[0\].errors\[0\]: an object"),
        ([{"kind": NO, "errors": [{"message": "a"}, {"code": "INVALID"}]}], r"\[1\].message"),
        ([{"kind": NO, "errors": [{"message": "a", "code": 1}]}], r"errors\[0\].code"),
        ([{"kind": NO, "errors": [{"message": "a", "field": "note"}]}], r"errors\[0\].field"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name_and_changes_nothing(
    rules: Any, names: str
) -> None:
    faults = Faults({*EFFECTS, NO})
    faults.load([{"kind": "html"}])
    with pytest.raises(BadFault, match=names):
        faults.load(rules)
    still = faults.pick(path="/", operation=None, shop=None)
    assert still is not None
    assert still.kind == "html"


class Platform:
    """Words faults as plainly as possible."""

    effects: Mapping[str, Effect] = EFFECTS

    def target(self, scope: Scope, _body: bytes, /) -> Target:
        return Target(scope["path"], None, None)

    def refusal(self, fault: Fault, /) -> Answer:
        return Answer.json(fault.status or 503, json.dumps({"code": fault.code}).encode())

    def partial(self, _fault: Fault, _answer: Answer, /) -> Answer:
        return Answer.json(200, b'{"data":null}')


class Server:
    """A real server whose only endpoint counts; `committed` is the truth."""

    client: httpx.AsyncClient

    def __init__(self) -> None:
        self.committed = 0
        self.commit = asyncio.Event()
        self.faults = Faults(EFFECTS)
        self.log = RequestLog(lambda: 1.5)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        body = (await receive())["body"]
        self.committed += 1
        self.commit.set()
        answer = json.dumps({"committed": self.committed, "echo": body.decode()}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


@pytest.fixture
async def server() -> Any:
    """The server behind the entrance, and a client of it."""
    made = Server()
    entrance = Entrance(made.app, faults=made.faults, log=made.log, platform=Platform())
    settings, state = config(entrance), ServerState()
    listener = await asyncio.get_running_loop().create_server(
        lambda: ReachableTransport(settings, state, app_state={}), "127.0.0.1", 0
    )
    base_url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=base_url, timeout=2, verify=False) as client:
        made.client = client
        yield made
    listener.close()
    await asyncio.gather(*state.tasks)


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
async def test_faults_that_answer(server: Server, kind: str, status: int, committed: int) -> None:
    server.faults.load([{"kind": kind, "delay_s": 0, "code": 7}])
    answer = await server.client.post("/do", content=b"x")
    assert answer.status_code == status
    assert server.committed == committed
    assert [call["status"] for call in server.log.shown()] == [status]


@pytest.mark.parametrize(("kind", "committed"), [("reset", 0), ("reset_after_commit", 1)])
async def test_a_reset_is_a_reset_of_the_connection(
    server: Server, kind: str, committed: int
) -> None:
    server.faults.load([{"kind": kind}])
    host, port = server.client.base_url.host, server.client.base_url.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /do HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert server.committed == committed
    assert [call["status"] for call in server.log.shown()] == [None]


async def test_a_truncated_body_ends_half_way(server: Server) -> None:
    server.faults.load([{"kind": "truncated"}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await server.client.post("/do", content=b"x" * 5_000)
    assert server.committed == 1


@pytest.mark.parametrize(
    ("kind", "committed"), [("timeout_before", 0), ("timeout_after_commit", 1)]
)
async def test_a_time_out_answers_nothing(server: Server, kind: str, committed: int) -> None:
    server.faults.load([{"kind": kind}])
    with pytest.raises(httpx.ReadTimeout):
        await server.client.post("/do", timeout=0.1)
    assert server.committed == committed


async def test_a_time_out_with_a_delay_ends_in_a_reset(server: Server) -> None:
    server.faults.load([{"kind": "timeout_before", "delay_s": 0.02}])
    with pytest.raises(httpx.ReadError):
        await server.client.post("/do")
    assert server.committed == 0


async def test_a_late_commit_comes_after_the_client_gave_up(server: Server) -> None:
    server.faults.load([{"kind": "late_commit", "delay_s": 0.02}])
    with pytest.raises(httpx.ReadTimeout):
        await server.client.post("/do", timeout=httpx.Timeout(5, read=0.05))
    assert server.committed == 0
    async with asyncio.timeout(5):
        await server.commit.wait()
    assert server.committed == 1


async def test_without_a_fault_everything_passes_and_is_noted(server: Server) -> None:
    answer = await server.client.post("/do?a=1&b=", content=b"hello")
    assert answer.json() == {"committed": 1, "echo": "hello"}
    (noted,) = server.log.shown()
    headers = noted.pop("headers")
    assert isinstance(headers, dict)
    assert headers["content-length"] == "5"
    assert noted == {
        "at": 1.5,
        "method": "POST",
        "path": "/do",
        "query": {"a": "1", "b": ""},
        "body": "hello",
        "status": 201,
    }


async def test_the_control_side_is_never_hit_and_never_noted(server: Server) -> None:
    server.faults.load([{"kind": "reset"}])
    assert (await server.client.post("/_sim/x")).status_code == 201
    assert server.log.shown() == []


def test_the_log_keeps_only_the_newest_requests() -> None:
    log = RequestLog(lambda: 0.0, limit=2)
    for path in "abc":
        scope = {"method": "GET", "path": path, "query_string": b"", "headers": []}
        log.add(scope, b"")
    assert [call["path"] for call in log.shown()] == ["b", "c"]
    log.clear()
    assert log.shown() == []


def test_a_taken_port_is_one_sentence_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ending:
            serve(Server().app, port=port)
    assert ending.value.code == 2
    message = f"--port {port}: not free on 127.0.0.1; name another, or 0 for any\n"
    assert capsys.readouterr().err == message


def test_every_kind_of_the_interface_has_an_effect() -> None:
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
