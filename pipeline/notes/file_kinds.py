"""The kinds of files: those that are read, and for the others what to do with them."""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["SUFFIXES", "is_part", "remedy_for"]

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".vtt": "transcript",
    ".srt": "transcript",
    ".sbv": "transcript",
    ".pdf": "pdf",
    ".ipynb": "notebook",
    ".docx": "docx",
    ".pptx": "pptx",
    ".hwpx": "hwpx",
}
"""File name suffix to the kind of note it is read as."""
_PARTS = frozenset(
    ".png .jpg .jpeg .jpe .gif .bmp .webp .svg .tif .tiff .heic .avif .ico .css .js .mjs .map .woff"
    " .woff2 .ttf .otf .eot .excalidraw .canvas".split()
)
_REMEDIES = {
    "export it as PDF, DOCX or HWPX": ".hwp",
    "save it as DOCX or PDF": ".doc .docm .dot .dotx .odt .rtf .pages .wps .wpd .tex .epub .mobi",
    "save it as PPTX or PDF": ".ppt .pptm .pps .ppsx .odp .key",
    "save it as PDF": ".xls .xlsx .xlsm .ods .numbers .csv .tsv .xps .ps .djvu .one .mht .mhtml",
    "unpack it": ".zip .7z .rar .tar .gz .tgz .bz2 .xz .egg .alz",
    "put its captions beside it, as VTT or SRT": ".mp3 .m4a .wav .ogg .flac .aac .mp4 .m4v .mov"
    " .mkv .avi .webm .wmv",
}
_BY_SUFFIX = {suffix: remedy for remedy, all_ in _REMEDIES.items() for suffix in all_.split()}


def is_part(name: str) -> bool:
    """Is it no note but a part of one: a picture, or what a saved web page brings along?"""
    low = name.lower()
    return (
        PurePosixPath(low).suffix in _PARTS
        or low in ("thumbs.db", "desktop.ini")
        or name.startswith("~$")
    )


def remedy_for(name: str) -> str:
    """What to do with a file of a kind that is not read; "" where that is not known."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix.lower(), "")
