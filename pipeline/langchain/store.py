"""The index as a vector store: the notes' own to read, and one that holds documents of its own.

Both search as `thinkscale search` does, by all arms weighed together, so that a score is larger
where a document fits better, and is no distance.
"""

from __future__ import annotations

import json
import threading
import uuid
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn, Self

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from pipeline.checksums import checksum
from pipeline.config import Config, Settings
from pipeline.errors import IndexError_, NotesError, filled
from pipeline.files import write_whole
from pipeline.langchain.convert import to_document, to_passage
from pipeline.retrieval import Index, build, ensure, open_index
from pipeline.types import Hit

__all__ = ["DocumentStore", "NotesStore"]


class _Searched(VectorStore):
    """What both can do: search. One thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    @abstractmethod
    def _open(self) -> AbstractContextManager[Index | None]:
        """The index as it is now; None where there is nothing in it."""

    def _document(self, hit: Hit) -> Document:
        return to_document(hit)

    def similarity_search_with_score(
        self, query: str, k: int = 4, **_: Any
    ) -> list[tuple[Document, float]]:
        """The best `k` documents and what the weighed arms give them, best first."""
        with self._lock, self._open() as index:
            hits = index.search(query, k) if index is not None and query.strip() else []
            return [(self._document(hit), hit.score) for hit in hits]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The best `k` documents, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings, metadatas: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> Self:  # fmt: skip
        """Not to be had: the embedder is the configuration's. Raises ConfigError."""
        from pipeline.errors import ConfigError

        raise ConfigError(
            filled(
                "{name} embeds with the embedder of the configuration, not with another.",
                name=cls.__name__,
            ),
            "Use DocumentStore.open(folder).add_texts(texts).",
        )


class NotesStore(_Searched):
    """The configured notes, to read. What is in them is what the files say: a note is added or
    taken away in the folder, and found at the next search."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self._index: Index | None = None

    @contextmanager
    def _open(self) -> Iterator[Index | None]:
        if self._index is not None:
            self._index.close()
        self._index = ensure(self._config)
        yield self._index

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Passages by their ids, in the order asked for; those unknown are left out."""
        with self._lock, self._open() as index:
            assert index is not None
            wanted = set(ids)
            known = {p.id: to_document(Hit(p, 0.0)) for p in index.passages if p.id in wanted}
        for document in known.values():
            del document.metadata["score"]
        return [known[one] for one in ids if one in known]

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, *,
        ids: list[str] | None = None, **kwargs: Any,
    ) -> list[str]:  # fmt: skip
        """Raises NotesError: the notes are files."""
        self._refuse()

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Raises NotesError: the notes are files."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotesError(
            filled(
                "The index is made of the files in {folder} and cannot be written to by itself.",
                folder=self._config.notes_path,
            ),
            "Put a file there, or keep documents in a DocumentStore.",
        )

    def close(self) -> None:
        """Give the index back."""
        if self._index is not None:
            self._index.close()
            self._index = None


class DocumentStore(_Searched):
    """Documents in a folder of their own: `documents.jsonl`, and an index that is brought up to
    date at the next search after a change. Only what is new is embedded."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        """`settings` say which embedder and which arms; the notes and the index path in them do
        not count. Raises IndexError_ for a damaged `documents.jsonl`."""
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        chosen = settings or Settings()
        index = chosen.index.model_copy(update={"path": "index"})
        notes = chosen.notes.model_copy(update={"path": "."})
        chosen = chosen.model_copy(update={"index": index, "notes": notes})
        self._config = Config(chosen, (folder / "config.yaml").absolute())
        self._file = folder / "documents.jsonl"
        self._documents = self._read()
        self._index: Index | None = None
        self._changed = True

    @classmethod
    def open(cls, folder: Path | str, config: Config | None = None) -> Self:
        """The store in a folder, made where there is none; embedder and arms as configured."""
        return cls(Path(folder), config.settings if config else None)

    def __len__(self) -> int:
        return len(self._documents)

    @contextmanager
    def _open(self) -> Iterator[Index | None]:
        if self._changed:
            self.close()
            worth = [(n, d) for n, d in self._documents.items() if d.page_content.strip()]
            if worth:
                build(self._config, passages=[to_passage(d, n) for n, d in worth])
                self._index = open_index(self._config)
            self._changed = False
        yield self._index

    def _document(self, hit: Hit) -> Document:
        return self._documents[hit.passage.id].model_copy(deep=True)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts, or put them in the place of those with the same id; the ids."""
        bodies = list(texts)
        rows = metadatas or [{} for _ in bodies]
        names: Sequence[str | None] = ids or [None] * len(bodies)
        if not len(bodies) == len(rows) == len(names):
            raise IndexError_(
                filled(
                    "{texts} texts, {metadatas} metadatas, {ids} ids.",
                    texts=len(bodies),
                    metadatas=len(rows),
                    ids=len(names),
                ),
                "Give as many of each.",
            )
        named = [name or str(uuid.uuid4()) for name in names]
        new = {
            name: Document(body, id=name, metadata=dict(row))
            for name, body, row in zip(named, bodies, rows, strict=True)
        }
        with self._lock:
            self._keep({**self._documents, **new})
        return named

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """As `add_texts`; a document's own id counts where `ids` names none."""
        ids = kwargs.pop("ids", None) or [document.id for document in documents]
        return self.add_texts(
            [document.page_content for document in documents],
            [document.metadata for document in documents],
            ids=ids,
            **kwargs,
        )

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Take documents out, or all of them; unknown ids are no error."""
        with self._lock:
            gone = set(self._documents if ids is None else ids)
            self._keep({n: d for n, d in self._documents.items() if n not in gone})
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Documents by their ids, in the order asked for; those unknown are left out."""
        with self._lock:
            known = self._documents
            return [known[one].model_copy(deep=True) for one in ids if one in known]

    def close(self) -> None:
        """Give the index back."""
        if self._index is not None:
            self._index.close()
            self._index = None
            self._changed = True

    def _keep(self, documents: dict[str, Document]) -> None:
        try:
            lines = [
                json.dumps(
                    {"id": name, "text": d.page_content, "metadata": d.metadata}, ensure_ascii=False
                )
                for name, d in documents.items()
            ]
        except (TypeError, ValueError) as error:
            raise IndexError_(
                filled("A document's metadata cannot be kept ({error}).", error=error),
                "Use JSON values alone.",
            ) from None
        body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
        head = json.dumps({"documents": len(lines), "checksum": checksum(body)})
        write_whole(self._file, f"{head}\n".encode() + body)
        self._documents, self._changed = documents, True

    def _read(self) -> dict[str, Document]:
        if not self._file.exists():
            return {}
        found: dict[str, Document] = {}
        line = 1
        try:
            first, _, body = self._file.read_bytes().partition(b"\n")
            head = json.loads(first) if first else {}
            if "id" in head:  # of version 0.1, which wrote no checksum
                body = first + b"\n" + body
            elif head.get("checksum") != checksum(body):
                raise IndexError_(
                    filled("{file}: damaged: it is not what was written.", file=self._file),
                    "Put a copy of it back, or delete its first line to use it as it is.",
                )
            else:
                line = 2
            for text in body.split(b"\n"):
                if text:
                    row = json.loads(text.decode("utf-8", "surrogatepass"))
                    name = str(row["id"])
                    found[name] = Document(row["text"], id=name, metadata=row["metadata"])
                line += 1
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexError_(
                filled(
                    "{file}:{line}: damaged ({kind}).",
                    file=self._file,
                    line=line,
                    kind=type(error).__name__,
                ),
                "Mend or delete that line.",
            ) from None
        return found
