"""Every parser under atheris, which looks for inputs that run what no input has run before.

    python -m tests.torture.fuzz moss.md -max_total_time=300

The target is a file of `corpus/notes` or `corpus/sets`, `replies` or `requests`; what follows are
options of libFuzzer. It begins with the corpus. What it finds on the way stays in
`build/fuzz/TARGET`, an input that breaks a rule in `build/fuzz`; its place is `corpus/found`.
`pip install atheris` first: it is in no lock file, and has wheels for some Pythons on Linux alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.torture.mutations import corpus

BUILD = Path(__file__).parents[2] / "build/fuzz"


def main() -> None:
    """Until the time is over (0), or a rule is broken (77)."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit((__doc__ or "").partition("\n\n")[2])
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed. Run: pip install atheris")
    name, options = sys.argv[1], sys.argv[2:]
    with atheris.instrument_imports(include=["pipeline", "evals"]):
        target, seeds = _target(name)
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds):
        (folder / f"seed-{at}").write_bytes(seed)
    words = [sys.argv[0], str(folder), f"-artifact_prefix={BUILD}/{name}-", "-timeout=20", *options]
    atheris.Setup(words, target)
    atheris.Fuzz()


def _target(name: str) -> tuple[Callable[[bytes], None], list[bytes]]:
    from tests.torture import targets

    notes, sets = corpus("notes"), corpus("sets")
    if name == "config.yaml":
        return targets.read_config, [sets[name]]
    if name in notes:
        return lambda data: targets.read_note(name, data), [notes[name]]
    if name in sets:
        return lambda data: targets.read_set(name, data), [sets[name]]
    if name == "replies":
        return _reply, list(corpus("replies").values())
    if name == "requests":
        return targets.read_request, [b'{"model": "m", "messages": [{"role": "user"}]}']
    sys.exit(f"There is no target {name}: {', '.join([*notes, *sets, 'replies', 'requests'])}")


def _reply(data: bytes) -> None:
    """The first byte says how the answer is compared."""
    from tests.torture import targets

    if data:
        targets.read_reply(data[1:], targets.KINDS[data[0] % len(targets.KINDS)])


if __name__ == "__main__":
    main()
