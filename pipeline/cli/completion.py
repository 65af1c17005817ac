"""`thinkscale completion`: the script that makes a shell complete verbs, options and names."""

from __future__ import annotations

import click

from pipeline.cli.options import examples

__all__ = ["command"]

_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
_LINES = {
    "bash": 'eval "$(thinkscale completion bash)"',
    "zsh": 'eval "$(thinkscale completion zsh)"',
    "fish": "thinkscale completion fish | source",
}


@click.command(epilog=examples("thinkscale completion bash", "thinkscale completion fish | source"))
@click.argument("shell", type=click.Choice(list(_FILES)))
def command(shell: str) -> None:
    """Print what makes SHELL complete verbs, options, strategies and models.

    Put this into ~/.bashrc: eval "$(thinkscale completion bash)", or the same for zsh in ~/.zshrc;
    for fish, `thinkscale completion fish | source` into ~/.config/fish/config.fish.
    """
    from click.shell_completion import get_completion_class

    from pipeline.cli import cli

    made = get_completion_class(shell)
    assert made is not None
    words = made(cli, {}, "thinkscale", "_THINKSCALE_COMPLETE").source()
    click.echo(f"# In {_FILES[shell]}: {_LINES[shell]}\n{words}")
