"""The results explorer: what a folder of runs says, on one page, served or as a file that needs no server."""

from lab.explorer.page import write_page
from lab.explorer.reading import read_results

__all__ = ["read_results", "write_page"]
