import pytest

from devstack.backends import GivenServers, choose
from devstack.errors import StackFailed, StackRefused

DATABASE = "postgresql://owner:secret@db.example:5432/shop"
GIVEN = {"KAFKA_BOOTSTRAP": "127.0.0.1:9092", "DATABASE_URL": DATABASE}


def test_without_any_variable_the_stack_is_native() -> None:
    assert choose({}) == "native"


def test_given_servers_win_over_the_wish_for_containers() -> None:
    assert choose(GIVEN | {"DEVSTACK_BACKEND": "docker"}) == "env"


def test_containers_are_used_when_asked_for() -> None:
    assert choose({"DEVSTACK_BACKEND": "docker"}) == "docker"


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP", "DATABASE_URL"])
def test_one_given_server_alone_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(StackRefused, match=f"{name} is set alone"):
        choose({name: "anything"})


def test_an_unknown_backend_is_refused_by_its_name() -> None:
    with pytest.raises(StackRefused, match="'podman'"):
        choose({"DEVSTACK_BACKEND": "podman"})


def test_a_given_kafka_that_does_not_answer_is_one_sentence() -> None:
    given = GivenServers(GIVEN | {"KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    with pytest.raises(StackFailed, match=r"no Kafka broker answers at KAFKA_BOOTSTRAP=127\.0"):
        _ = given.kafka


def test_a_given_login_of_the_application_is_used_as_it_is() -> None:
    app = "postgresql://app:pa%40ss@db.example:5432/any"
    given = GivenServers(GIVEN | {"DATABASE_URL": app, "ADMIN_DATABASE_URL": DATABASE})
    assert given.postgres.app_dsn("fresh") == "postgresql://app:pa%40ss@db.example:5432/fresh"
    assert given.postgres.admin_dsn("fresh") == "postgresql://owner:secret@db.example:5432/fresh"


def test_an_administrator_alone_always_gives_the_same_application_login() -> None:
    first, second = (GivenServers(GIVEN).postgres.app_dsn("fresh") for _ in range(2))
    assert first == second
    assert first.startswith("postgresql://ordersync:")
    assert "secret" not in first


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(GivenServers(GIVEN).postgres)
