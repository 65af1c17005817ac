"""Models as rows and tables: those of the catalogue, those already here, the facts of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.help import in_language
from pipeline.cli.options import shown_size
from pipeline.cli.style import columns, dim, strong
from pipeline.cli.translation import tr

if TYPE_CHECKING:
    from pipeline.models import CatalogueEntry, ModelFacts

__all__ = ["catalogue_rows", "local_rows", "model_row", "print_facts", "print_table"]

# -- rows --------------------------------------------------------------------------------------


def catalogue_rows(context: int) -> list[dict[str, Any]]:
    from pipeline.models.catalogue import load_catalogue

    return [model_row(entry, context) for entry in load_catalogue()]


def model_row(entry: CatalogueEntry, context: int) -> dict[str, Any]:
    from pipeline.models.memory_need import available_memory
    from pipeline.models.resolve import downloaded

    have = available_memory()
    memory = entry.memory(min(context, entry.context))
    here = downloaded(entry)
    return {
        "name": entry.name,
        "languages": list(entry.languages),
        "parameters": entry.parameters,
        "bytes": entry.bytes,
        "memory": memory,
        "fits": have is None or memory <= have,
        "licence": entry.licence,
        "repo": entry.repo,
        "package": entry.package,
        "note": "; ".join(part for part in (entry.about, entry.note) if part),
        "here": here.setting if here else "",
    }


def local_rows(context: int) -> list[dict[str, Any]]:
    from pipeline.errors import ModelError
    from pipeline.models import facts_of
    from pipeline.models.memory_need import available_memory
    from pipeline.models.other_stores import local_models

    have = available_memory()
    rows: list[dict[str, Any]] = []
    for stored in local_models():
        row: dict[str, Any] = {"name": stored.name, "path": str(stored.path), "bytes": stored.bytes}
        try:
            facts = facts_of(stored.path, context)
        except ModelError as error:
            rows.append({**row, "languages": [], "memory": None, "licence": "", "fits": False,
                         "here": stored.name, "note": error.what})  # fmt: skip
            continue
        rows.append({
            **row,
            "languages": list(facts.languages),
            "parameters": facts.parameters,
            "memory": facts.memory,
            "fits": have is None or facts.memory <= have,
            "licence": facts.licence,
            "here": stored.name,
            "note": f"{facts.architecture} {facts.quantization}".strip(),
        })  # fmt: skip
    return rows


# -- printing ----------------------------------------------------------------------------------


def print_table(rows: list[dict[str, Any]], context: int) -> None:
    width = max(len(row["name"]) for row in rows)
    head = tr("languages    size  memory   licence (memory with {count} tokens)", count=context)
    click.echo(dim(f"  {'':<{width}}  {head}"))
    for row in rows:
        mark = "✓" if row["here"] else " "
        memory = shown_size(row["memory"]) if row["memory"] is not None else "?"
        big = "" if row["fits"] else f"  {tr('more than is free here')}"
        click.echo(
            f"{mark} {strong(row['name'])}{' ' * (width - len(row['name']))}  "
            f"{' '.join(row['languages']) or '?':<9}  {shown_size(row['bytes']):>7} {memory:>7}   "
            f"{row['licence']}{big}".rstrip()
        )
        if row["note"]:
            click.echo(dim(f"  {'':<{width}}  {in_language(row['note'])}"))
    words = "✓ is here. Sizes of what is not are estimates; `models info` reads the file."
    click.echo(dim(tr(words)))


def print_facts(facts: ModelFacts) -> None:
    said = {"file": "", "catalogue": f" ({tr('the catalogue says')})"}
    unsaid = tr("the file does not say")
    if facts.languages_from:
        languages = " ".join(facts.languages) + said[facts.languages_from]
    else:
        languages = unsaid
    completion = tr("completion: asked by worked examples")
    lines = [
        (tr("file"), f"{facts.path}  {shown_size(facts.bytes)}"),
        (tr("model"), f"{facts.name} ({facts.architecture})"),
        (tr("parameters"), f"{facts.parameters:,}"),
        (tr("quantization"), tr("{name}, {bits} bits a weight", name=facts.quantization or "?",
                                bits=f"{facts.bits:g}")),
        (tr("context"), tr("{count} tokens", count=f"{facts.trained_context:,}")),
        (tr("template"), facts.template or tr("none: a base model")),
        (tr("form"), tr("chat") if facts.form == "chat" else completion),
        (tr("languages"), languages),
        (tr("licence"), facts.licence or unsaid),
        (tr("memory"), tr("about {size} with {count} tokens of context, in a run of many questions "
                          "up to {most}", size=shown_size(facts.memory),
                          count=f"{facts.context:,}", most=shown_size(facts.most_memory))),
        (tr("FLOPs"), tr("{some} a token, {most} at the end of that", some=f"{facts.flops:.3g}",
                         most=f"{facts.flops_at_context:.3g}")),
    ]  # fmt: skip
    if facts.cannot:
        lines.append((tr("answers"), tr("no: it is {kind}", kind=facts.cannot)))
    for name, value in lines:
        click.echo(f"{strong(name)}{' ' * (13 - columns(name))} {value}")
