"""From the folder of a finished sweep to tables, pictures and one page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from experiments.analysis.page import write_page
from experiments.analysis.study import FOLDER, SHOWN, Analysis, study
from experiments.designs import Design
from experiments.errors import StoreError
from experiments.pages import write_tables
from experiments.runs import column
from experiments.store import RUNS_FILE
from experiments.sweep import read_sweep_design


def analyze(folder: str | Path) -> Analysis:
    """Analyse a finished sweep and write tables, pictures and a page into its folder `analysis`.

    Raises
    ------
    StoreError
        If the folder holds no finished sweep.
    """
    folder = Path(folder)
    design = read_sweep_design(folder)
    analysis = study(design, _read(folder, design), folder / FOLDER)
    write_tables(analysis.folder, analysis.tables)
    write_page(analysis)
    return analysis


def _read(folder: Path, design: Design) -> pd.DataFrame:
    """Return the columns of the finished table that the analysis reads."""
    path = folder / RUNS_FILE
    if not path.is_file():
        raise StoreError(f"{folder}: the sweep is not finished (no {RUNS_FILE}); the sweep command resumes it")
    with pq.ParquetFile(path) as file:
        present = set(file.schema_arrow.names)
        wanted = {"point", "seed", "arm", "status"} | {
            column(measure, population, month)
            for measure, population in [*SHOWN, *(design.outcomes or ()), *_read_by(design)]
            for month in {design.months, *(contrast.estimand.month for contrast in design.contrasts)}
        }
        rows: pd.DataFrame = file.read(columns=sorted(wanted & present)).to_pandas()
    if len(rows) != design.runs:
        raise StoreError(f"{path}: has {len(rows)} rows, and the design has {design.runs}; the sweep command renews it")
    return rows


def _read_by(design: Design) -> list[tuple[str, str]]:
    return [(contrast.estimand.measure, contrast.estimand.population) for contrast in design.contrasts]
