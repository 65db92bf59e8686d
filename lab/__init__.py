"""The laboratory in the browser: two countries, the same people."""
