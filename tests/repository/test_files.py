"""What stands in several files agrees, and no file names one person's machine."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from backend.embedded import postgres
from tests.repository.conftest import ROOT


MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/[\w.-]+")


def test_no_file_names_a_path_of_one_machine(files: list[Path]) -> None:
    found = [
        str(path)
        for path in files
        if path.suffix in {".py", ".toml", ".yaml", ".md", ".txt", ".html", ".js", ""}
        and path != Path(__file__)
        and MACHINE_PATH.search(path.read_text(errors="ignore"))
    ]
    assert not found


def test_compose_runs_the_postgresql_that_was_tested() -> None:
    answer = subprocess.run(
        [postgres._postgres_bin() / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    major = re.search(r"\) (\d+)", answer.stdout)
    assert major
    assert f"image: postgres:{major[1]}\n" in (ROOT / "compose.yaml").read_text()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name: str) -> set[str]:
    text = (ROOT / name).read_text()
    return {normal(found) for found in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def direct(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[~=<> ]", text)[0]) for text in requirements}


def test_requirements_are_in_step_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = direct(project["project"]["dependencies"])
    tools = direct(project["dependency-groups"]["dev"])
    assert runtime <= pinned("requirements.txt"), "run: make lock"
    assert runtime | tools <= pinned("requirements-dev.txt"), "run: make lock"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_a_hash_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=[\w])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert "://" not in text


def test_both_requirements_pin_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / name).read_text()
        return set(re.findall(r"^[\w.-]+==\S+(?: ; [^\\]+)?", text, re.MULTILINE))

    assert {p.strip() for p in pins("requirements.txt")} <= {
        p.strip() for p in pins("requirements-dev.txt")
    }


def test_what_runs_here_is_what_is_pinned() -> None:
    assert f"django=={version('django')} \\" in (ROOT / "requirements.txt").read_text()


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert targets == set(re.findall(r"^  make ([a-z-]+)", listed.stdout, re.MULTILINE))


def test_env_example_lists_every_setting_that_is_read() -> None:
    settings = (ROOT / "backend" / "settings.py").read_text()
    read = set(
        re.findall(
            r'env\.(?:flag|text|number|words|url|rate|choice)\(\s*"([A-Z_]+)"', settings
        )
    )
    example = (ROOT / ".env.example").read_text()
    listed = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read
    assert read <= listed


def test_every_clinical_number_has_its_papers(modules: list[Path]) -> None:
    bare = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules
        if path.name == "thresholds.py"
        for name, papers in numbers(path)
        if "Unit:" not in papers or "Source:" not in papers
    ]
    assert not bare


def numbers(path: Path) -> list[tuple[str, str]]:
    """Return each public constant with the comment lines directly above it."""
    lines = path.read_text().splitlines()
    found = []
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        first = node.lineno - 1
        while first > 0 and lines[first - 1].startswith("#"):
            first -= 1
        if not node.target.id.startswith("_"):
            found.append((node.target.id, "\n".join(lines[first : node.lineno - 1])))
    return found
