"""`python -m experiments.documents`: bring the generated parts of docs/ up to date; `--check` only looks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.documents.claims import write_claims
from experiments.documents.pages import refresh
from scenarios import ScenarioError

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 if `--check` found a page that is not up to date, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m experiments.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if a page is not up to date")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the pages (default: docs)")
    parts = parser.add_subparsers(dest="part", metavar="claims")
    claims = parts.add_parser("claims", help="write docs/claims.md from the verdicts of a stored run")
    claims.add_argument(
        "--from", dest="run", type=Path, metavar="DIR", help="folder of a trial (default: the stored docs/evidence)"
    )
    options = parser.parse_args(arguments)
    try:
        if options.part == "claims":
            print(f"written: {write_claims(options.docs, options.run)}")
            return 0
        differing = refresh(options.docs, write=not options.check)
    except ScenarioError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path in differing:
        print(f"{'not up to date' if options.check else 'rewritten'}: {path}")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
