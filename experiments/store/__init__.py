"""Content-keyed store of runs: append-only Parquet shards, a manifest, and one final table.

A folder holds `manifest.json`, `shards/*.parquet` and, once finished, `runs.parquet`. A shard is written whole or not
at all and never rewritten. Its name (`00000001-00000065-1f0c7e0a5b3d9e42.parquet`) is the range of appends it holds
and a digest of its content: a merged shard says which older ones it replaces, so that a kill between writing it and
removing them does no harm, and any damage shows when the folder is opened.
"""

from experiments.store.files import contents
from experiments.store.keys import canonical_text, content_key, text_key
from experiments.store.manifest import MANIFEST, RESTORE, has_lost_manifest, read_manifest
from experiments.store.rows import Row, Value
from experiments.store.run_store import RUNS_FILE, RunStore

__all__ = [
    "MANIFEST",
    "RESTORE",
    "RUNS_FILE",
    "Row",
    "RunStore",
    "Value",
    "canonical_text",
    "content_key",
    "contents",
    "has_lost_manifest",
    "read_manifest",
    "text_key",
]
