"""The pictures of the report: a module for each, and beside them what several share."""
