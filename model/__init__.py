"""Where they live: the society, its columns, network, economy, chance, books and both engines."""
