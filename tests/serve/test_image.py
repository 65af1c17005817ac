"""The Dockerfile, as far as it can be checked where nothing can be built."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from pipeline.cli import VERBS
from pipeline.cli.serve import command as serve
from pipeline.config import load_config

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, the rest), continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [(word, rest) for word, rest in pairs]


def values(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def test_only_known_instructions_are_used() -> None:
    known = {"ARG", "FROM", "RUN", "ENV", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE",
             "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {word for word, _ in instructions()} <= known
    first = next(word for word, _ in instructions() if word != "ARG")
    assert first == "FROM"


def test_what_is_copied_is_there_and_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = {
        source
        for rest in values("COPY")
        if "--from" not in rest
        for source in shlex.split(rest)[:-1]
    }
    assert {"pipeline", "evals", "corpus", "requirements.lock"} <= copied
    assert copied == let_in
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_commands_are_shell() -> None:
    for rest in values("RUN"):
        subprocess.run(["sh", "-n", "-c", rest], check=True)


def test_stages_and_paths_are_named_before_they_are_used() -> None:
    stages = [rest.split(" AS ")[-1] for rest in values("FROM") if " AS " in rest]
    for rest in values("COPY"):
        if found := re.match(r"--from=(\S+)", rest):
            assert found[1] in stages
    made = " ".join(values("RUN"))
    for folder in re.findall(r"(?<=path: )/\w+", made):
        assert f" {folder}" in made.partition("printf")[0]


def test_it_does_not_run_as_root_nor_listen_to_everyone() -> None:
    words = [word for word, _ in instructions()]
    last = len(words) - words[::-1].index("USER") - 1
    assert words.index("ENTRYPOINT") > last > len(words) - words[::-1].index("FROM") - 1
    assert values("USER")[-1] not in ("root", "0")
    assert f" {values('USER')[-1]}" in " ".join(values("RUN"))
    for name in ("ENV", "RUN", "CMD", "ENTRYPOINT"):
        assert not any("0.0.0.0" in rest for rest in values(name))


def test_the_command_and_the_health_check_parse() -> None:
    (entry,), (cmd,) = (json.loads(values(name)[0]) for name in ("ENTRYPOINT", "CMD"))
    assert entry == "thinkscale"
    assert cmd in VERBS
    check = json.loads(values("HEALTHCHECK")[0].partition("CMD ")[2])
    compile(check[2], "health", "exec")
    port = load_config(ROOT / "config.yaml").settings.serve.port
    assert values("EXPOSE") == [str(port)]
    assert f":{port}/health" in check[2]


@pytest.mark.parametrize("verb", ["ask", "serve"])
def test_what_the_head_says_to_run_can_be_run(verb: str) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    shown = re.sub(r"\\\n#", "", text.partition("\nARG")[0])
    line = next(one for one in shown.splitlines() if re.search(rf"thinkscale {verb}\b", one))
    words = shlex.split(line.partition(" thinkscale ")[2])
    assert words[0] == verb
    if verb == "serve":
        given = click.Context(serve)
        serve.parse_args(given, words[1:])
        assert given.params["host"] == "0.0.0.0"


def test_its_configuration_is_one(tmp_path: Path) -> None:
    (line,) = [rest for rest in values("RUN") if rest.startswith("printf")]
    text = subprocess.run(
        ["sh", "-c", line.partition(" > ")[0]], check=True, capture_output=True, text=True
    ).stdout
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "config.yaml")
    assert config.notes_path == Path("/notes")
    assert config.index_path == Path("/data/index")


def test_the_lock_carries_the_flags_and_the_torch_that_are_counted_on() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^llama-cpp-python==.*-fno-tree-dse", lock, re.MULTILINE)
    assert len(re.findall(r"^torch==[0-9.]+$", lock, re.MULTILINE)) == 1
    for package in ("starlette", "uvicorn", "prometheus_client"):
        assert re.search(rf"^{package}==", lock, re.MULTILINE)
