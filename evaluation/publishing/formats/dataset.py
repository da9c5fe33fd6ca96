"""The Hugging Face layout: a configuration per nation, splits quoted and official; JSON Lines and Parquet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from evaluation.publishing.content import Content, Files, Slice
from evaluation.publishing.files import whole
from evaluation.publishing.rows import COLUMNS, PREFERENCE_PARTS, RELEASED_TYPES, TEXT_COLUMNS, ReleaseRow
from pipeline.records import TripleValidity

if TYPE_CHECKING:
    import pyarrow as pa

ALL = "all"
PREFERENCES = "preferences"
_ROW_GROUP = 5_000  # rows; what is held in memory at a time
_MESSAGES = ("prompt", "chosen", "rejected")


def files(content: Content) -> Files:
    """``data/<nation>/<type>.jsonl`` and ``parquet/<nation>/<type>.parquet`` of every slice that has items,
    and ``parquet/README.md``, which declares the same configurations so that either folder loads by itself:
    all but that of preference pairs, which are in JSON Lines only.

    One card cannot declare both: the datasets library takes the reader of a folder's first configuration for
    all of them. Parquet bytes depend on the version of pyarrow.
    """
    for where in content.slices():
        yield jsonl_path(where), jsonl(content, where)
    for where in content.slices():
        yield f"parquet/{where.path}.parquet", _parquet(content.rows(where), content.manifest.canary)
    yield "parquet/README.md", whole(_parquet_card(content))


def jsonl_path(where: Slice) -> str:
    """Where a slice lies inside the folder; small letters, as the configuration's name."""
    return f"data/{where.path}.jsonl"


def jsonl(content: Content, where: Slice) -> Iterator[bytes]:
    """A slice as JSON Lines, in pieces."""
    rows = content.rows(where)
    while piece := list(islice(rows, 500)):
        yield "".join(f"{row.as_json()}\n" for row in piece).encode()


def front_matter(
    content: Content, *, folder: str = "data/", suffix: str = "jsonl", with_preferences: bool = True
) -> dict[str, Any]:
    """``configs`` and ``dataset_info`` of a card: what the datasets library needs to load the folder.

    A slice without items has no file, so its split is not declared. Features are declared because a column
    such as ``annotators`` may be empty in one slice and not in another.
    """
    slices = content.slices()
    nations: dict[str, dict[str, str]] = {}
    for where in slices:
        paths = nations.setdefault(where.nation.lower(), {})
        paths[where.source_type] = f"{folder}{where.path}.{suffix}"
    configs = [_config(nation, paths) for nation, paths in nations.items()]
    everywhere = [str(kind) for kind in RELEASED_TYPES if any(kind == found.source_type for found in slices)]
    configs.append(_config(ALL, {kind: f"{folder}*/{kind}.{suffix}" for kind in everywhere}))
    info = [{"config_name": config["config_name"], "features": _features()} for config in configs]
    parts = [str(part) for part in PREFERENCE_PARTS if content.manifest.preferences.get(part)]
    if parts and with_preferences:
        configs.append(_config(PREFERENCES, {part: f"dpo/{part}.jsonl" for part in parts}))
        info.append({"config_name": PREFERENCES, "features": [*_message_features(), *_features()]})
    return {"configs": configs, "dataset_info": info}


def _config(name: str, paths: dict[str, str]) -> dict[str, Any]:
    found = [{"split": split, "path": path} for split, path in paths.items()]
    return {"config_name": name, "data_files": found}


def _features() -> list[dict[str, Any]]:
    special: dict[str, dict[str, Any]] = {
        "is_contested": {"dtype": "bool"},
        "votes": {"struct": [{"name": str(label), "dtype": "int64"} for label in TripleValidity]},
        "annotators": {"list": "string"},
    }
    return [{"name": name, **special.get(name, {"dtype": "string"})} for name in COLUMNS]


def _message_features() -> list[dict[str, Any]]:
    # A new list for each column: one used twice becomes a YAML alias, which the datasets library cannot read.
    return [
        {"name": name, "list": [{"name": part, "dtype": "string"} for part in ("role", "content")]}
        for name in _MESSAGES
    ]


def _schema(canary: str) -> pa.Schema:
    import pyarrow as pa

    votes = pa.struct([(str(label), pa.int64()) for label in TripleValidity])
    special = {"is_contested": pa.bool_(), "votes": votes, "annotators": pa.list_(pa.string())}
    assert set(special) | set(TEXT_COLUMNS) == set(COLUMNS)
    return pa.schema([(name, special.get(name, pa.string())) for name in COLUMNS], {"canary": canary})


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken. The writer notes positions, so they go on counting."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, piece: Any) -> int:
        written = bytes(piece)
        self._pieces.append(written)
        self._position += len(written)
        return len(written)

    def take(self) -> bytes:
        written = b"".join(self._pieces)
        self._pieces.clear()
        return written


def _parquet(rows: Iterator[ReleaseRow], canary: str) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, sink = _schema(canary), _Sink()
    with pq.ParquetWriter(sink, schema, compression="snappy") as writer:
        while group := list(islice(rows, _ROW_GROUP)):
            columns = zip(*(row.as_dict().values() for row in group), strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.take()
    yield sink.take()


def _parquet_card(content: Content) -> bytes:
    import yaml

    header = front_matter(content, folder="", suffix="parquet", with_preferences=False)
    example = content.slices()[0].nation.lower() if content.slices() else ALL
    pairs = (
        f'Preference pairs are in `../dpo/`: `load_dataset(folder + "/..", "{PREFERENCES}")`.\n'
        if any(content.manifest.preferences.values())
        else ""
    )
    return (
        f"---\n{yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=110)}---\n\n"
        f"# NaVAB release {content.manifest.label}, Parquet\n\n"
        "The items of `../data/` with the same columns, configurations and splits. Load one nation with\n"
        f'`datasets.load_dataset(folder, "{example}")`, where `folder` is this one. `../README.md` is the\n'
        f"data card and holds for these files, too.\n{pairs}\n"
        f"Canary, never to be in training data: {content.manifest.canary}\n"
    ).encode()
